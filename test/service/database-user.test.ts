// Who the service is in PostgreSQL: whoever owns the database will do, and a superuser is told that they are too much.
import pg from "pg";
import { readConfig } from "../../src/config";
import { serve } from "../../src/server/serve";
import { createLog } from "../../src/telemetry/log";
import { cloneDatabase } from "../support/world";

const NAME = "owner_of_nothing_else";
const PASSWORD = "of-the-tests";

/** What a service warns of as it starts, and what it answers. */
async function startOn(url: string): Promise<{ warnings: string[]; status: number }> {
  const warnings: string[] = [];
  const config = readConfig({ DATABASE_URL: url, PORT: "0", DEMO: "off", LOG_LEVEL: "silent" });
  const log = Object.assign(createLog(config.logLevel), { warn: (line: string) => void warnings.push(line) });
  const service = await serve(config, log, () => undefined);
  try {
    const { status } = await fetch(`${service.url}/readyz`);
    return { warnings, status };
  } finally {
    await service.stop();
  }
}

const server = process.env.TIDEMARK_TEST_SERVER as string;
async function asSuperuser(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

afterAll(() => asSuperuser(`drop database if exists ${NAME} (force)`, `drop role if exists ${NAME}`));

test("the service says at the start that a superuser is too much", async () => {
  const database = await cloneDatabase();
  const { warnings, status } = await startOn(database.url).finally(() => database.drop());
  expect(status).toBe(200);
  expect(warnings).toEqual([expect.stringMatching(/^DATABASE_URL names a superuser of PostgreSQL/)]);
});

test("a user that owns the database, and nothing more, is enough, and nothing is said", async () => {
  await asSuperuser(
    `create role ${NAME} login password '${PASSWORD}'`,
    `create database ${NAME} owner ${NAME} template template0`,
  );
  const url = new URL(server);
  Object.assign(url, { username: NAME, password: PASSWORD, pathname: `/${NAME}` });
  expect(await startOn(url.href)).toEqual({ warnings: [], status: 200 });
});
