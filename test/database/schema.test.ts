// The files of the schema as they are written: each piece stands once, nothing is left unread, and what PostgreSQL would
// only find out when a function runs is found out here.
import fs from "node:fs";
import path from "node:path";
import {
  functionFiles,
  hashOf,
  numberedFiles,
  SCHEMA_TEXT,
  SCHEMA_VERSION,
  valueFiles,
} from "../../migrations";
import { migrate } from "../../src/database/migrate";
import { query } from "../support/catalogue";
import { ROOT } from "../support/child";
import { debianPrograms, startDebianServer } from "../support/debian-server";
import { cloneDatabase } from "../support/world";

const files = [...numberedFiles(), ...functionFiles()];

test("every file of SQL is run, and none has more than 300 lines", () => {
  const there = fs
    .readdirSync(path.join(ROOT, "migrations"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sql"));
  expect(files.map(({ name }) => name).sort()).toEqual(there.sort());
  for (const { name, text } of files) expect([name, text.split("\n").length <= 301]).toEqual([name, true]);
});

test("a change of the schema has a version of its own", () => {
  const text = hashOf(files.map(({ hash }) => hash).join("\n")).slice(0, 16);
  if (text === SCHEMA_TEXT) return;
  throw new Error(
    `The text of migrations/ has changed. In migrations/index.ts, say which version it makes:
export const SCHEMA_VERSION = ${SCHEMA_VERSION + 1};
export const SCHEMA_TEXT = "${text}";`,
  );
});

test("functions/ holds what may be run again and nothing else, and each function and trigger stands in one place", async () => {
  const made: string[] = [];
  for (const { name, text } of functionFiles()) {
    const once = text.match(
      /^(create (?!or replace (function|trigger))|alter|drop|insert|update|delete|do)\b.*/gim,
    );
    expect([name, once]).toEqual([name, null]);
    for (const [, what] of text.matchAll(/^create or replace ((?:function|trigger) "?\w+)/gm))
      made.push(what!.replace('"', ""));
  }
  for (const { name, text } of numberedFiles()) {
    expect([name, text.match(/^create (or replace )?(function|trigger)/gm)]).toEqual([name, null]);
  }
  const { url, drop } = await cloneDatabase();
  const there = await query<{ what: string }>(
    url,
    `select 'function ' || p.proname as what from pg_proc p where p.pronamespace = 'public'::regnamespace
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
     union all select 'trigger ' || tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where not tgisinternal and not c.relispartition`,
  );
  expect(there.map(({ what }) => what).sort()).toEqual(made.sort());
  await drop();
});

/**
 * The functions of which indexes and checks are made, and the text with which the rows that are there were indexed and
 * checked. Whoever changes one that may now return something else for some row writes a numbered migration that builds
 * anew what stands on it (`reindex index …`, or drops the check and adds it), and then puts the new text's hash here.
 */
const BUILT_WITH: Record<string, string> = {
  address_key: "6178e42f7ff9",
  attendees_well_formed: "616f4f606ae4",
  by_change: "d31df801ff42",
  by_name: "89e62c7b97ab",
  by_span: "8db38319a685",
  by_start: "89e62c7b97ab",
  event_keys: "6ff7e59f43d4",
  event_words: "784e0c8cb13e",
  is_dates: "eea69d05a0d9",
  links_well_formed: "d15ea69b91e6",
  name_parts: "90e02b4ff0f7",
  plain_text: "a3248bd0d2f7",
  properties_well_formed: "546176270562",
  property_text: "67a330918320",
  record_keys: "30bffc73eb67",
  run_pieces: "1f63d9578408",
  said_keys: "53907da5cd94",
  search_keys: "78c1579a5867",
  search_text: "5a8dd5b5292a",
  uid_keys: "185761f28eb8",
  without_tags: "97124aec1158",
};

/** What they call, which PostgreSQL does not note. */
const CALLED = [
  "address_key",
  "plain_text",
  "property_text",
  "run_pieces",
  "search_keys",
  "search_text",
  "without_tags",
];

test("triggers are made in the order in which a write comes to their tables: acts of admins after whatever they are of", () => {
  const text = fs.readFileSync(path.join(ROOT, "migrations/functions/triggers.sql"), "utf8");
  const noted = [...text.matchAll(/ on (\w+) for each row\s+when [^;]*execute function note_act/g)];
  expect(new Set(noted.map(([, table]) => table)).size).toBeGreaterThan(5);
  const last = Math.max(...noted.map(({ index }) => index));
  expect(text.search(/on admin_history\b/)).toBeGreaterThan(last);
});

test("no index and no check stands on a function that has come to say something else", async () => {
  const { url, drop } = await cloneDatabase();
  const called = CALLED.map((name) => `'${name}'`).join(", ");
  const standing = `
    select p.proname as name, left(md5(p.prosrc), 12) as text from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in (${called})
    union
    select p.proname, left(md5(p.prosrc), 12) from pg_depend d
    join pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
    where p.pronamespace = 'public'::regnamespace and d.deptype = 'n' and p.oid >= 16384
      and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e') and d.classid = any (array[`;
  const built = await query<{ name: string; text: string }>(
    url,
    `${standing}'pg_class'::regclass, 'pg_constraint'::regclass])`,
  );
  expect(Object.fromEntries(built.map(({ name, text }) => [name, text]))).toEqual(BUILT_WITH);
  const all = await query<{ name: string }>(
    url,
    `${standing}'pg_class'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass])`,
  );
  const values = valueFiles().flatMap(({ text }) => [
    ...text.matchAll(/^create or replace function (\w+)/gm),
  ]);
  expect(values.map(([, name]) => name).sort()).toEqual(all.map(({ name }) => name).sort());
  await drop();
});

const programs = debianPrograms();
const extension =
  programs && `/usr/share/postgresql/${programs.split("/").at(-2)}/extension/plpgsql_check.control`;
const found = extension !== null && fs.existsSync(extension);
const reason = "No plpgsql_check here (Debian: apt-get install postgresql-15-plpgsql-check).";
if (!found) console.warn(`Skipped: what plpgsql_check finds. ${reason}`);
const whereInstalled = found || process.env.TIDEMARK_NO_SKIPS ? test : test.skip;

// `done := f()` is how a function that returns nothing is called where it counts: migrations/functions/locks.sql says why.
const CHECK = `
  select p.oid::regprocedure::text as function, c.lineno, c.message, c.detail from pg_proc p
  join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
  left join (select distinct tgfoid, tgrelid from pg_trigger where not tgisinternal) t on t.tgfoid = p.oid
  cross join lateral plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), all_warnings := true) c
  where p.pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    and c.message <> 'never read variable "done"' and c.detail is distinct from 'cast "void" value to "text" type'`;

whereInstalled("plpgsql_check finds nothing to say of any function", async () => {
  if (!programs || !found) throw new Error(reason);
  const server = await startDebianServer(programs);
  try {
    await migrate({ url: server.url });
    await query(server.url, "create extension plpgsql_check");
    expect(await query(server.url, CHECK)).toEqual([]);
    // That it looks into each trigger's table too.
    await query(
      server.url,
      `create function broken() returns trigger language plpgsql as $$ begin new.nothing := 1; return new; end $$;
       create trigger broken before insert on event for each row execute function broken()`,
    );
    expect(await query(server.url, CHECK)).toMatchObject([
      { function: "broken()", message: expect.stringContaining('no field "nothing"') as string },
    ]);
  } finally {
    await server.stop();
  }
});
