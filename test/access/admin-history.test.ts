// What admins, and the command line, did to users, access tokens, grants, records, webhooks and the organisation: who, when, before
// and after.
import { sweepTombstones } from "../../src/retention";
import { runCommand } from "../support/run-command";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

let world: World;
let admin: Person;
let member: Person;

beforeAll(async () => {
  world = await openWorld({ webhookInternalHosts: ["127.0.0.1"] });
  admin = await world.person({ name: "Admin", role: "admin" });
  member = await world.person({ name: "Member" });
});
afterAll(() => world.close());

const ACTS = `query($subject: AdminSubject, $subjectId: ID, $first: Int, $after: String) {
  adminHistory(subject: $subject, subjectId: $subjectId, first: $first, after: $after) {
    edges { cursor node { id at kind subject subjectId client tokenId userId user { name } fields { field before after } } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;

async function acts(wanted: object = {}, by = admin): Promise<any[]> {
  const { data, errors } = await by.graphql(ACTS, { first: 50, ...wanted });
  expect(errors).toBeUndefined();
  return data.adminHistory.edges.map(({ node }: any) => node);
}

/** Does it, and answers what the newest acts say, the first of them first. */
async function after(mutation: string, count = 1): Promise<any[]> {
  const { data, errors } = await admin.graphql(`mutation { ${mutation} }`);
  expect(errors).toBeUndefined();
  const made = (await acts({ first: count })).reverse();
  return [...made, Object.values(data)[0]];
}

const command = async (...words: string[]): Promise<any> => (await runCommand(world, ...words)).answer;

const valueOf = ({ fields }: any, name: string): unknown => {
  const { before, after: is } = fields.find(({ field }: any) => field === name) ?? {};
  return [before, is];
};
const namesOf = ({ fields }: any): string[] => fields.map(({ field }: any) => field).sort();

test("a user who is made, changed, disabled and enabled: by whom, through which client, before and after", async () => {
  const by = {
    client: "test",
    tokenId: admin.tokenId,
    userId: admin.id,
    user: { name: "Admin" },
    subject: "user",
  };
  const [made, { id }] = await after(
    `createUser(input: {name: "Uma", email: "uma@x.co", timezone: "UTC", aliases: ["u@x.co"]}) { id }`,
  );
  expect(made).toMatchObject({ ...by, kind: "created", subjectId: id, at: expect.stringMatching(/Z$/) });
  expect(valueOf(made, "email")).toEqual([null, "uma@x.co"]);
  expect(valueOf(made, "aliases")).toEqual([null, ["u@x.co"]]);
  const [changed] = await after(`updateUser(id: ${id}, input: {role: admin, email: "um@x.co"}) { id }`);
  expect(changed).toMatchObject({ ...by, kind: "changed", subjectId: id });
  expect(changed.fields).toEqual(
    expect.arrayContaining([
      { field: "role", before: "member", after: "admin" },
      { field: "email", before: "uma@x.co", after: "um@x.co" },
    ]),
  );
  expect(changed.fields).toHaveLength(2);
  const [disabled] = await after(`disableUser(id: ${id}) { id }`);
  expect(namesOf(disabled)).toEqual(["disabledAt"]);
  const [enabled] = await after(`enableUser(id: ${id}) { id }`);
  expect(valueOf(enabled, "disabledAt")).toEqual([expect.stringMatching(/Z$/), null]);
  const before = (await acts()).length;
  await admin.graphql(`mutation { updateUser(id: ${id}, input: {role: admin}) { id } }`);
  expect(await acts()).toHaveLength(before);
});

test("a token is told without its secret, and so are those that a revocation, or a disabling, takes along", async () => {
  const [made, { id }] = await after(
    `createToken(userId: ${member.id}, name: "BrightSync", scopes: [read]) { id token }`,
  );
  expect(made).toMatchObject({ subject: "token", kind: "created", subjectId: id, userId: admin.id });
  expect(namesOf(made)).toEqual(
    ["expiresAt", "issuer", "madeBy", "name", "revokedAt", "scopes", "userId"].sort(),
  );
  expect(valueOf(made, "userId")).toEqual([null, member.id]);
  const [revoked] = await after(`revokeToken(id: ${id}) { id }`);
  expect(revoked).toMatchObject({ subject: "token", kind: "changed", subjectId: id });
  expect(namesOf(revoked)).toEqual(["revokedAt"]);
  const secrets = await world.sql.query("select from admin_history where changes::text ~* 'hash|tmk_|whsec'");
  expect(secrets.rowCount).toBe(0);
});

test("a grant is given, changed and taken, by its calendar's user too", async () => {
  const set = (access: string): string =>
    `setCalendarGrant(calendarId: ${member.calendarId}, userId: ${admin.id}, access: ${access}) { id }`;
  const told: any[] = [];
  for (const access of ["READ", "WRITE", "null"]) {
    expect((await member.graphql(`mutation { ${set(access)} }`)).errors).toBeUndefined();
    told.push((await acts({ subject: "grant", subjectId: member.calendarId, first: 1 }))[0]);
  }
  expect(told.map(({ kind, userId }) => [kind, userId])).toEqual([
    ["created", member.id],
    ["changed", member.id],
    ["deleted", member.id],
  ]);
  expect(told.map((act) => valueOf(act, "access"))).toEqual([
    [null, "read"],
    ["read", "write"],
    ["write", null],
  ]);
  expect(valueOf(told[0], "userId")).toEqual([null, admin.id]);
});

test("records, webhooks and the organisation's settings; of a webhook's secret only that there is another", async () => {
  const [made, [{ id }]] = await after(`saveRecords(records: [{type: Contact, name: "Rec"}]) { id }`);
  expect(made).toMatchObject({ subject: "record", kind: "created", subjectId: id });
  const [archived] = await after(`archiveRecords(ids: [${id}]) { id }`);
  expect(namesOf(archived)).toEqual(["archivedAt"]);
  const [hooked, { webhook }] = await after(
    `createWebhook(input: {name: "Hook", url: "http://127.0.0.1:65535/"}) { webhook { id } }`,
  );
  expect(hooked).toMatchObject({ subject: "webhook", kind: "created", subjectId: webhook.id });
  expect(namesOf(hooked)).not.toContain("secret");
  const [rotated] = await after(`rotateWebhookSecret(id: ${webhook.id}) { webhook { id } }`);
  expect(rotated.fields).toEqual([{ field: "secret", before: "hidden", after: "hidden" }]);
  const [paused] = await after(`updateWebhook(id: ${webhook.id}, input: {paused: true}) { id }`);
  expect(paused).toMatchObject({ kind: "changed", userId: admin.id });
  const [ended] = await after(`deleteWebhook(id: ${webhook.id}) { id }`);
  expect(ended).toMatchObject({ kind: "deleted", subjectId: webhook.id, userId: admin.id });
  const [settings] = await after(`updateOrganisation(input: {colleaguesSee: BUSY}) { id }`);
  expect(settings).toMatchObject({
    subject: "organisation",
    subjectId: world.organisationId,
    userId: admin.id,
  });
  expect(settings.fields).toEqual([{ field: "colleaguesSee", before: "DETAILS", after: "BUSY" }]);
});

test("what the command line does is the operator's, and what plain SQL does is not", async () => {
  const user = ["--email", "cli@x.co", "--name", "Cli", "--timezone", "UTC"];
  const { id } = await command("user", "add", "--org", "Test", ...user);
  await command("token", "create", "--email", "cli@x.co", "--name", "c");
  await command("record", "add", "--org", "Test", "--type", "Lead", "--name", "L");
  await command("org", "update", "--org", "Test", "--colleagues-see", "DETAILS");
  const [org, record, token, added] = await acts({ first: 4 });
  const operator = { client: "operator", tokenId: null, userId: null, user: null };
  for (const act of [org, record, token, added]) expect(act).toMatchObject(operator);
  expect([org, record, token, added].map(({ subject }) => subject)).toEqual([
    ...["organisation", "record", "token", "user"],
  ]);
  await world.sql.query("update app_user set name = 'Sql' where id = $1", [id]);
  expect((await acts({ first: 1 }))[0]).toMatchObject({ client: "plain SQL", userId: null });
  await command("person", "erase", "--email", "cli@x.co");
  const [erased] = await acts({ first: 1 });
  expect(erased).toMatchObject({ ...operator, subject: "person", kind: "changed" });
  expect(JSON.stringify(await acts({ subject: "user", subjectId: id }))).not.toMatch(/cli@x\.co|Cli|Sql/);
});

test("pages go back to the first act, newest first, without a gap", async () => {
  const all = (await acts({ first: 1000 })).map(({ id }) => id);
  expect(all).toEqual([...all].sort((a, b) => Number(b) - Number(a)));
  const paged: string[] = [];
  for (let cursor: string | null = null; ;) {
    const { data }: any = await admin.graphql(ACTS, { first: 7, after: cursor });
    const { edges, pageInfo } = data.adminHistory;
    paged.push(...edges.map(({ node }: any) => node.id));
    if (!pageInfo.hasNextPage) break;
    cursor = pageInfo.endCursor;
  }
  expect(paged).toEqual(all);
  const { errors } = await admin.graphql(ACTS, { after: "x" });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "after" }] });
});

test("members read none of it, nobody rewrites it, another organisation has its own, and retention forgets it", async () => {
  const { errors } = await member.graphql(ACTS);
  expect(errors?.[0]?.extensions.code).toBe("forbidden");
  for (const act of [
    "update admin_history set kind = 'changed'",
    "delete from admin_history",
    "truncate admin_history",
  ])
    await expect(world.sql.query(act)).rejects.toThrow(/history is kept by triggers/);
  const organisationId = await world.organisation();
  const stranger = await world.person({ organisationId, role: "admin" });
  const theirs = await acts({}, stranger);
  expect(theirs.map(({ subject }) => subject).sort()).toEqual(["organisation", "token", "user"]);
  expect(await acts({ subject: "user", subjectId: member.id }, stranger)).toEqual([]);
  await world.sql.query("alter table admin_history disable trigger user");
  await world.sql.query("update admin_history set at = at - interval '401 days' where organisation_id = $1", [
    organisationId,
  ]);
  await world.sql.query("alter table admin_history enable trigger user");
  expect((await sweepTombstones(world.db, 400)).forgotten).toBe(3);
  expect(await acts({}, stranger)).toEqual([]);
  expect((await acts()).length).toBeGreaterThan(10);
});
