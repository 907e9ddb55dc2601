// Keeps a database of the release that this build is, as pg_dump writes it, and what its clients were answered:
//   node -r @swc-node/register test/database/releases/make.ts 1.0.0
// from the project's folder, once for each release. It needs a PostgreSQL of the Debian package.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { Instance } from "../../prove/instance";
import { debianPrograms, startDebianServer } from "../../support/debian-server";
import { ASKED, type Kept } from "./kept";

const HOUR = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const FILE = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
BEGIN:VEVENT
UID:from-a-file
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Paris:20260310T100000
DTEND;TZID=Europe/Paris:20260310T110000
SUMMARY:Filed
END:VEVENT
END:VCALENDAR
`.replaceAll("\n", "\r\n");

/* eslint-disable @typescript-eslint/no-explicit-any -- whatever is on the wire */
type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<any>;
type Tell = (query: string, variables?: object) => Promise<any>;

function caller(url: string, token: string): { rest: Ask; graphql: Tell } {
  const ask = async (
    method: string,
    path_: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<any> => {
    const isText = typeof body === "string";
    const answer = await fetch(`${url}${path_}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path_}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    rest: (method, path_, body, headers) => ask(method, `/api/v1${path_}`, body, headers),
    graphql: async (query, variables = {}) => {
      const { data, errors } = await ask("POST", "/graphql", { query, variables });
      if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`);
      return data;
    },
  };
}

/** Something of each kind that a database holds. */
async function fill(url: string, adminToken: string): Promise<{ admin: string; member: string }> {
  const admin = caller(url, adminToken);
  const newUser = `mutation ($input: UserInput!) { createUser(input: $input) { id } }`;
  const user = async (input: object): Promise<string> =>
    (await admin.graphql(newUser, { input })).createUser.id;
  const nora = await user({
    name: "Nora",
    email: "nora@kept.test",
    aliases: ["n@kept.test"],
    timezone: "Asia/Tokyo",
  });
  const room = await user({
    name: "Blue",
    email: "blue@kept.test",
    kind: "room",
    capacity: 8,
    timezone: "Europe/Berlin",
  });
  const token = `mutation ($id: ID!) { createToken(userId: $id, name: "Kept") { token } }`;
  const member = (await admin.graphql(token, { id: nora })).createToken.token as string;
  const theirs = caller(url, member);
  const { saveRecords } = await admin.graphql(
    `mutation { saveRecords(records: [{ type: Account, name: "Acme" }, { type: Contact, name: "Eve", emails: ["eve@acme.test"] }, { type: Contact, name: "Eve B", emails: ["eve.b@acme.test"] }]) { id } }`,
  );
  const [account, eve, other] = (saveRecords as { id: string }[]).map(({ id }) => id);
  const guests = [{ userId: nora }, { userId: room }, { emailAddress: "eve@acme.test", type: "optional" }];
  const relatedTo = [{ type: "Account", id: account }];
  const first = await admin.rest("POST", "/events", {
    ...HOUR,
    subject: "Kick-off",
    attendees: guests,
    relatedTo,
  });
  await admin.rest("POST", "/events", { ...HOUR, subject: "A part of it", parentId: Number(first.id) });
  await admin.rest("POST", "/events", {
    ...HOUR,
    subject: "Nobody's business",
    private: true,
    properties: { stage: 5 },
  });
  await admin.rest("POST", "/events", {
    startTime: "2026-03-04",
    allDay: true,
    subject: "Fair",
    showAs: "free",
  });
  await theirs.graphql(`mutation ($id: ID!) { respondToEvent(id: $id, status: "Accepted") { id } }`, {
    id: first.id,
  });
  await admin.rest("PATCH", `/events/${first.id}`, { location: "Zürich 🏔" });
  const left = await admin.rest("POST", "/events", { ...HOUR, subject: "Without Nora", attendees: guests });
  await theirs.rest("DELETE", `/events/${left.id}`);
  const gone = await admin.rest("POST", "/events", { ...HOUR, subject: "Gone" });
  await admin.rest("DELETE", `/events/${gone.id}`);
  const recurrence = { rrule: "FREQ=WEEKLY;COUNT=6;BYDAY=MO,TH" };
  await admin.rest("POST", "/series", {
    ...HOUR,
    subject: "Weekly",
    attendees: [{ userId: nora }],
    recurrence,
  });
  const { events } = await admin.graphql(
    `{ events(first: 100, filter: { text: "weekly" }) { edges { node { id } } } }`,
  );
  const places = events.edges.map(({ node }: any) => node.id) as string[];
  await admin.rest("PATCH", `/events/${places[1]}`, { subject: "Weekly, in the garden" });
  await admin.rest("DELETE", `/events/${places[2]}`);
  await admin.rest("POST", "/import", FILE, { "Content-Type": "text/calendar" });
  await admin.graphql(
    `mutation ($calendar: ID!, $user: ID!) { setCalendarGrant(calendarId: $calendar, userId: $user, access: READ) { id } }`,
    { calendar: "primary", user: nora },
  );
  await admin.graphql(
    `mutation ($from: [ID!]!, $into: ID!) { mergeRecords(from: $from, into: $into) { id } }`,
    { from: [other], into: eve },
  );
  await admin.graphql(
    `mutation { createWebhook(input: { name: "Kept", url: "https://hooks.kept.test/in" }) { webhook { id } } }`,
  );
  await admin.graphql(`mutation { updateOrganisation(input: { colleaguesSee: BUSY }) { id } }`);
  return { admin: adminToken, member };
}

async function answersOf(url: string, tokens: Kept["tokens"]): Promise<Kept["answers"]> {
  const answers: Kept["answers"] = [];
  for (const who of ["admin", "member"] as const) {
    const { rest, graphql } = caller(url, tokens[who]);
    for (const asked of ASKED)
      answers.push({
        who,
        asked,
        said: asked.startsWith("/") ? await rest("GET", asked) : await graphql(asked),
      });
  }
  return answers;
}

async function keep(url: string, adminToken: string): Promise<Kept> {
  const tokens = await fill(url, adminToken);
  const { nextDeltaToken } = await caller(url, tokens.member).rest("GET", "/events?since=0&showDeleted=true");
  return { tokens, deltaToken: nextDeltaToken, answers: await answersOf(url, tokens) };
}

async function main([release]: readonly string[]): Promise<void> {
  const programs = debianPrograms();
  if (!release || !programs) throw new Error("Name the release, and install Debian's postgresql.");
  const server = await startDebianServer(programs);
  // Where its programs may write.
  const dump = path.join(new URL(server.url).searchParams.get("host") ?? "", "dump.sql");
  try {
    await server.run("createdb", "kept");
    const database = new URL(server.url);
    database.pathname = "/kept";
    const instance = new Instance({ DATABASE_URL: database.toString() });
    await instance.start();
    const url = instance.url as string;
    const kept = await keep(url, instance.demoToken as string).finally(() => instance.stop());
    await server.run("pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=100", "-f", dump, "kept");
    // Commands of psql are for psql alone.
    const sql = readFileSync(dump, "utf8").replace(/^\\.*$/gm, "");
    writeFileSync(path.join(__dirname, `${release}.sql.gz`), gzipSync(sql, { level: 9 }));
    writeFileSync(path.join(__dirname, `${release}.json`), JSON.stringify(kept) + "\n");
  } finally {
    await server.stop();
  }
}

void main(process.argv.slice(2));
