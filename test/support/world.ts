// A database and a service for one test file, and people who call it through its real doors.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { issueToken } from "../../src/access/tokens";
import { readConfig, type Config } from "../../src/config";
import { type Database } from "../../src/database/database";
import { openDatabase } from "../../src/database/open";
import { Organisation } from "../../src/entities/organisation";
import { Role, User } from "../../src/entities/user";
import type { TokenScope } from "../../src/entities/access-token";
import { createHttpServer } from "../../src/server/http-server";
import { createLog } from "../../src/telemetry/log";
import { requireDescribed } from "./description";
import { TEMPLATE } from "./global-setup";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

export interface RestReply {
  status: number;
  headers: Headers;
  body: any;
  text: string;
}

export interface GraphQLReply {
  status: number;
  headers: Headers;
  data: any;
  errors: { message: string; path?: unknown[]; extensions: any }[] | undefined;
  extensions?: any;
}

/** Somebody with an access token. */
export interface Person {
  id: string;
  calendarId: string;
  organisationId: string;
  email: string;
  name: string;
  timezone: string;
  token: string;
  tokenId: string;
  rest(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<RestReply>;
  graphql(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<GraphQLReply>;
  /** The same person through another client. */
  through(client: string, scopes?: `${TokenScope}`[]): Promise<Person>;
}

export interface PersonWish {
  name?: string;
  email?: string;
  role?: "admin" | "member";
  timezone?: string;
  organisationId?: string;
}

export interface World {
  db: Database;
  databaseUrl: string;
  /** Where the service listens. */
  url: string;
  organisationId: string;
  /** Plain SQL, past the service, on a pool of its own. */
  sql: pg.Pool;
  organisation(name?: string): Promise<string>;
  person(wish?: PersonWish): Promise<Person>;
  /** Another instance of the service on the same database. */
  instance(overrides?: Partial<Config>): Promise<{ url: string; close: () => Promise<void> }>;
  close: () => Promise<void>;
}

function server(): URL {
  const url = process.env.TIDEMARK_TEST_SERVER;
  if (!url) throw new Error("Run tests through jest: its global setup starts PostgreSQL.");
  return new URL(url);
}

/** A fresh, migrated database; answers its URL and how to drop it. */
export async function cloneDatabase(
  template = TEMPLATE,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server().toString() });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await admin(`create database ${name} template ${template}`);
  const url = server();
  url.pathname = `/${name}`;
  return { url: url.toString(), drop: () => admin(`drop database ${name} with (force)`) };
}

export function testConfig(databaseUrl: string, overrides: Partial<Config> = {}): Config {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    DEMO: "off",
    LOG_LEVEL: process.env.LOG_LEVEL ?? "silent",
  });
  return { ...config, ...overrides };
}

async function listen(db: Database, config: Config): Promise<{ url: string; close: () => Promise<void> }> {
  const { server: http, endStreams } = await createHttpServer({
    config,
    db,
    log: createLog(config.logLevel),
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const close = async (): Promise<void> => {
    const closed = once(http, "close");
    http.close();
    await endStreams();
    http.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, close };
}

/** On a database of its own on the server that all tests share, or on one that is given. */
export async function openWorld(
  overrides: Partial<Config> = {},
  database?: { url: string; drop: () => Promise<void> },
): Promise<World> {
  const { url: databaseUrl, drop } = database ?? (await cloneDatabase());
  const config = testConfig(databaseUrl, overrides);
  const db = await openDatabase(config, () => undefined);
  const { url, close } = await listen(db, config);
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 30, options: "-c TimeZone=UTC" });
  sql.on("error", () => undefined);
  const { manager } = db.dataSource;

  const organisation = async (name: string = randomUUID()): Promise<string> => {
    const row = manager.create(Organisation, { name });
    await manager.insert(Organisation, row);
    return row.id;
  };
  const organisationId = await organisation("Test");

  const withToken = async (
    user: Omit<Person, "token" | "tokenId" | "rest" | "graphql" | "through">,
    client: string,
    scopes?: `${TokenScope}`[],
  ): Promise<Person> => {
    const issued = await issueToken(manager, {
      organisationId: user.organisationId,
      userId: user.id,
      name: client,
      scopes: scopes as TokenScope[] | undefined,
    });
    return {
      ...user,
      token: issued.secret,
      tokenId: issued.token.id,
      rest: (method, path, body, headers) => callRest(url, issued.secret, { method, path, body, headers }),
      graphql: (query, variables, headers) => callGraphQL(url, issued.secret, { query, variables, headers }),
      through: (other, otherScopes) => withToken(user, other, otherScopes),
    };
  };

  let people = 0;
  return {
    db,
    databaseUrl,
    url,
    organisationId,
    sql,
    organisation,
    person: async (wish = {}) => {
      people++;
      const user = manager.create(User, {
        organisationId: wish.organisationId ?? organisationId,
        name: wish.name ?? `Person ${people}`,
        email: wish.email ?? `person${people}@test.test`,
        timezone: wish.timezone ?? "Europe/Paris",
        role: (wish.role ?? "member") as Role,
      });
      await manager.insert(User, user);
      const { rows } = await sql.query<{ id: string }>("select id from calendar where user_id = $1", [
        user.id,
      ]);
      return withToken({ ...user, calendarId: rows[0]!.id }, "test");
    },
    instance: async (more = {}) => {
      const other = { ...config, ...more };
      const otherDb = await openDatabase(other, () => undefined);
      const listening = await listen(otherDb, other);
      return { url: listening.url, close: async () => (await listening.close(), otherDb.close()) };
    },
    close: async () => {
      await close();
      await sql.end();
      await db.close();
      await drop();
    },
  };
}

interface RestRequest {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * A call of the REST door. `path` starts after /api/v1; a body that is a string goes as it is. What comes must be what
 * the OpenAPI document says.
 */
export async function callRest(url: string, token: string | null, request: RestRequest): Promise<RestReply> {
  const { method, path, body, headers } = request;
  const reply = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await reply.text();
  const json = reply.headers.get("content-type")?.startsWith("application/json");
  const answer = {
    status: reply.status,
    headers: reply.headers,
    text,
    body: text && json ? JSON.parse(text) : null,
  };
  requireDescribed({ method, path, sent: body, ...answer });
  return answer;
}

interface GraphQLRequest {
  query: string;
  variables?: Record<string, unknown>;
  headers?: Record<string, string>;
}

export async function callGraphQL(
  url: string,
  token: string | null,
  request: GraphQLRequest,
): Promise<GraphQLReply> {
  const { headers, ...body } = request;
  const reply = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const answer = (await reply.json()) as Pick<GraphQLReply, "data" | "errors" | "extensions">;
  return { status: reply.status, headers: reply.headers, ...answer };
}
