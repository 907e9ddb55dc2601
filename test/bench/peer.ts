// PostGraphile 5 on the bench's database, where it is installed (test/README.md, "Speed"): its own server on node:http, on views
// that have the fields of an event, and functions for what a client of ours reads. `event` writes through the service's table, whose
// triggers keep the promises; `floor_event` through the bare floors' one. No authentication, no masking, no barrier.
import http from "node:http";
import { createRequire } from "node:module";
import pg from "pg";
import { FLOOR_COLUMNS } from "./floor-columns";

/** What of PostGraphile is used: the project knows nothing of its types, because it does not depend on it. */
interface PostGraphile {
  postgraphile: (preset: object) => {
    getSchema: () => Promise<unknown>;
    createServ: (of: unknown) => { addTo: (server: http.Server) => Promise<void> };
  };
  PostGraphileAmberPreset: object;
  makePgService: (options: object) => object;
  grafserv: unknown;
}

const [table = "", databaseUrl = ""] = process.argv.slice(2);
const SCHEMA = `peer_${table}`;

const COLUMNS = ["organisation_id", ...FLOOR_COLUMNS.map(({ column }) => column)].join(", ");

/** Functions that PostgreSQL reads through, as if their queries stood where they are called. */
const VIEWS = `
  drop schema if exists ${SCHEMA} cascade;
  create schema ${SCHEMA};
  create view ${SCHEMA}.event as select ${COLUMNS} from ${table};
  alter view ${SCHEMA}.event alter id set default nextval(pg_get_serial_sequence('public.${table}', 'id'));
  comment on view ${SCHEMA}.event is '@primaryKey organisation_id,id';
  create function ${SCHEMA}.feed(organisation bigint, calendar bigint, since timestamptz) returns setof ${SCHEMA}.event
    language sql stable as $$
      select e.* from public.calendar_entry n join ${SCHEMA}.event e on e.organisation_id = n.organisation_id and e.id = n.event_id
      where n.organisation_id = organisation and n.calendar_id = calendar and n.removed_at is null and n.tick > since
      order by n.tick $$;
  create function ${SCHEMA}.interval(organisation bigint, calendar bigint, start_at timestamptz, end_at timestamptz)
    returns setof ${SCHEMA}.event
    language sql stable as $$
      select e.* from public.calendar_entry n join ${SCHEMA}.event e on e.organisation_id = n.organisation_id and e.id = n.event_id
      where n.organisation_id = organisation and n.calendar_id = calendar and n.removed_at is null
        and n.start_time >= start_at and n.start_time < end_at
      order by n.start_time, n.event_id $$;`;

/** It is made for Node.js 22 and later; this is all that it misses in 20. */
function addWithResolvers(): void {
  const withResolvers = (): object => {
    const parts: Partial<Record<"resolve" | "reject", unknown>> = {};
    const promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return { promise, ...parts };
  };
  if (!("withResolvers" in Promise)) Object.assign(Promise, { withResolvers });
}

function loadPostGraphile(): PostGraphile {
  addWithResolvers();
  const load = createRequire(__filename);
  return Object.assign(
    {},
    ...[
      "postgraphile",
      "postgraphile/presets/amber",
      "postgraphile/adaptors/pg",
      "postgraphile/grafserv/node",
    ].map((name) => load(name) as object),
  ) as PostGraphile;
}

async function serve(): Promise<void> {
  const { postgraphile, PostGraphileAmberPreset, makePgService, grafserv } = loadPostGraphile();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(VIEWS);
  await client.end();
  const server = http.createServer();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10, options: "-c TimeZone=UTC" });
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    pgServices: [makePgService({ pool, schemas: [SCHEMA] })],
    grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  });
  await instance.getSchema(); // A schema that cannot be made ends it here, with the reason.
  await instance.createServ(grafserv).addTo(server);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    console.log(`Peer ready: http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  });
}

serve().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
