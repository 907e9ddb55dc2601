// An organisation that is closed, and removed beside another one that goes on.
import { UsageError } from "../../src/commands/command";
import { dumpOf, tablesWith } from "../support/dump";
import { followSse } from "../support/live";
import { makeWebhook, Receiver } from "../support/receiver";
import { until } from "../support/wait";
import { readCommand } from "../../src/commands/commands";
import { runCommand } from "../support/run-command";
import { callGraphQL, callRest, openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

let world: World;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 100_000, webhookInternalHosts: ["127.0.0.1"] });
});
afterAll(() => world.close());

const command = async (...words: string[]): Promise<any> => (await runCommand(world, ...words)).answer;

/** An organisation that has something in every table. */
async function everything(name: string): Promise<{ id: string; admin: Person; member: Person }> {
  const id = await world.organisation(name);
  const admin = await world.person({ organisationId: id, role: "admin", email: `admin@${name}.co` });
  const member = await world.person({ organisationId: id, email: `member@${name}.co` });
  const post = async (event: object, headers = {}): Promise<any> =>
    (await member.rest("POST", "/events", { ...TIMES, ...event }, headers)).body;
  const graphql = async (document: string): Promise<any> => {
    const { data, errors } = await admin.graphql(document);
    expect(errors).toBeUndefined();
    return data;
  };
  const { saveRecords } = await graphql(`
    mutation {
      saveRecords(
        records: [
          { type: Contact, name: "One" }
          { type: Contact, name: "Two" }
          { type: Account, name: "Three" }
        ]
      ) {
        id
      }
    }
  `);
  const [one, two, account] = saveRecords.map((record: any) => record.id);
  await graphql(`mutation { saveRecords(records: [{id: ${one}, accountId: ${account}}]) { id } }`);
  await graphql(`mutation { mergeRecords(from: [${two}], into: ${one}) { id } }`);
  const parent = await post({ attendees: [{ userId: admin.id }] }, { "Idempotency-Key": "once" });
  for (let n = 0; n < 5; n++) await post({ parentId: parent.id, relatedTo: { contactIds: [one] } });
  await member.rest("DELETE", `/events/${(await post({ relatedTo: { contactIds: [one] } })).id}`);
  await graphql(`mutation { createToken(userId: ${member.id}, name: "made") { id } }`);
  await graphql(
    `mutation { setCalendarGrant(calendarId: ${member.calendarId}, userId: ${admin.id}, access: READ) { id } }`,
  );
  const { createWebhook } = await graphql(`
    mutation {
      createWebhook(input: { name: "w", url: "http://127.0.0.1:65535/" }) {
        webhook {
          id
        }
      }
    }
  `);
  await graphql(`mutation { testWebhook(id: ${createWebhook.webhook.id}) { error } }`);
  await graphql(`mutation { erasePerson(email: "member-2@${name}.co") { address } }`);
  const series = await member.rest("POST", "/series", {
    ...TIMES,
    recurrence: { rrule: "FREQ=WEEKLY;COUNT=3" },
  });
  expect(series.status).toBe(201);
  const rows: [string, unknown[]][] = [
    [
      "insert into sign_in (issuer, address, organisation_id, user_id) values ('https://i.co', $3, $1, $2)",
      [id, member.id, member.email],
    ],
    [
      "insert into imported_event (organisation_id, calendar_id, uid_hash, slot) values ($1, $2, decode(repeat('00', 16), 'hex'), '')",
      [id, member.calendarId],
    ],
    [
      "insert into history_use (organisation_id, user_id, bytes, at) values ($1, $2, 1, now()) on conflict do nothing",
      [id, member.id],
    ],
    ["insert into erasure (organisation_id) values ($1)", [id]],
    [
      "insert into sync_client (organisation_id, calendar_id, token_id, heard_at, live) values ($1, $2, 1, now(), false)",
      [id, member.calendarId],
    ],
    [
      "insert into sync_notice (organisation_id, calendar_id, token_id, at, request_id, request) values ($1, $2, 1, now(), 'r', 'r')",
      [id, member.calendarId],
    ],
    ["insert into sync_activity values ($1, $2, 1, now(), 1, 1, 1, 1, 1, 1)", [id, member.calendarId]],
    ["insert into token_use values ($1, 1, now()) on conflict do nothing", [id]],
    ["insert into rate_bucket values ($1, 1, 1, now()) on conflict do nothing", [id]],
  ];
  for (const [text, values] of rows) await world.sql.query(text, values);
  return { id, admin, member };
}

describe("an organisation that is closed", () => {
  test("is open to none of its tokens within 5 s, at no door, and a stream that is open ends", async () => {
    const { id, admin, member } = await everything("closing");
    const sse = await followSse(world.url, member.token);
    const closed = await command("org", "close", "closing");
    expect(closed).toEqual({ id, name: "closing", closedAt: expect.stringMatching(/Z$/) });
    await until(async () => (await member.rest("GET", "/me")).status === 401);
    expect((await member.rest("GET", "/events")).body.code).toBe("token.dead");
    await until(async () => (await admin.graphql("{ me { id } }")).status === 401);
    await sse.until(({ errors }) => errors.length > 0);
    expect(sse.errors[0]!.extensions.code).toBe("token.dead");
    const { rows } = await world.sql.query("select paused_because from webhook where organisation_id = $1", [
      id,
    ]);
    expect(rows).toEqual([{ paused_because: "The organisation is closed." }]);
    expect(await command("org", "close", "closing")).toEqual(closed);
    expect(await command("org", "list")).toContainEqual(
      expect.objectContaining({ id, closedAt: closed.closedAt }),
    );
  });

  test("calls no webhook that is resumed by whoever was let in before, and lets nobody in by a token they make", async () => {
    const receiver = await Receiver.open();
    const id = await world.organisation("late");
    const admin = await world.person({ organisationId: id, role: "admin", email: "admin@late.co" });
    const since = "2020-01-01T00:00:00Z";
    const hook = await makeWebhook(admin, { url: receiver.url("/closed"), since });
    const set = (paused: boolean): Promise<any> =>
      admin.graphql(`mutation { updateWebhook(id: ${hook.id}, input: { paused: ${paused} }) { id } }`);
    await set(true);
    await admin.rest("POST", "/events", TIMES);
    await command("org", "close", "late");
    // For three seconds nobody asks anew whose token it is.
    const resumed = await set(false);
    if (resumed.status === 200)
      expect(resumed.errors[0]).toMatchObject({
        message: "The organisation is closed.",
        extensions: { code: "conflict", details: [{ field: "paused" }] },
      });
    const made = await admin.graphql(
      `mutation { createToken(userId: ${admin.id}, name: "late", scopes: [read, feed]) { token } }`,
    );
    const secret = made.data?.createToken.token;
    if (secret) {
      expect((await callRest(world.url, secret, { method: "GET", path: "/me" })).status).toBe(401);
      expect((await fetch(`${world.url}/ical/${secret}.ics`)).status).toBeGreaterThanOrEqual(400);
    }
    // Whoever is not asked, such as plain SQL, resumes nothing either.
    await world.sql.query(
      "update webhook set paused_at = null, paused_because = null where organisation_id = $1",
      [id],
    );
    const open = await world.person({ role: "admin" });
    await makeWebhook(open, { url: receiver.url("/open"), since });
    await open.rest("POST", "/events", TIMES);
    await receiver.messages(1);
    await open.rest("POST", "/events", TIMES);
    await receiver.messages(2);
    expect(receiver.received.map(({ path }) => path)).not.toContain("/closed");
    await receiver.close();
  });

  test("takes no new tokens and users on the command line, says what is kept of people, and erases them", async () => {
    const closed = 'The organisation "closing" is closed.';
    const words = ["--email", "member@closing.co"];
    await expect(command("token", "create", ...words, "--name", "n")).rejects.toThrow(closed);
    const user = ["--email", "new@closing.co", "--name", "N", "--timezone", "UTC"];
    await expect(command("user", "add", "--org", "closing", ...user)).rejects.toThrow(closed);
    expect(await command("user", "list", "--org", "closing")).toHaveLength(2);
    expect(await command("person", "erase", ...words)).toMatchObject({ events: 9 });
  });
});

describe("an organisation that is removed", () => {
  test("needs its name twice, and must be there", async () => {
    await world.organisation("kept");
    await expect(command("org", "delete", "kept", "--yes", "other")).rejects.toThrow(UsageError);
    expect(() => readCommand(["org", "delete", "kept"])).toThrow('"org delete" needs --yes.');
    expect(() => readCommand(["org", "delete", "kept", "--yes"])).toThrow(UsageError);
    for (const words of [
      ["org", "close", "nobody"],
      ["org", "delete", "nobody", "--yes", "nobody"],
    ])
      await expect(command(...words)).rejects.toMatchObject({ code: "not_found" });
    expect(await command("org", "list")).toContainEqual(
      expect.objectContaining({ name: "kept", closedAt: null }),
    );
    const { rows } = await world.sql.query<{ id: string }>("select id from organisation where name = 'kept'");
    await expect(world.sql.query("select * from remove_piece($1, 10)", [rows[0]!.id])).rejects.toThrow(
      /is closed before/,
    );
  });

  test("leaves nothing in any table, in pieces, beside another whose clients write and poll all the while", async () => {
    const gone = await everything("going");
    const stays = await everything("staying");
    const before = await tablesWith(world.sql, gone.id);
    const all = Object.keys(await dumpOf(world.sql, gone.id));
    expect(Object.keys(before).sort()).toEqual(all.sort());
    const others = await dumpOf(world.sql, stays.id);

    await command("org", "close", "going");
    // Broken off in the midst of it.
    for (let n = 0; n < 12; n++) await world.sql.query("select * from remove_piece($1, 1)", [gone.id]);
    let ended = false;
    const removing = command("org", "delete", "going", "--yes", "going").finally(() => (ended = true));
    const statuses = new Set<number>();
    const ids: string[] = [];
    while (!ended) {
      const { status, body } = await stays.member.rest("POST", "/events", TIMES);
      statuses.add(status);
      ids.push(body.id);
      statuses.add((await stays.admin.rest("GET", "/events?since=0")).status);
    }
    const { id, name, removed } = await removing;
    expect({ id, name }).toEqual({ id: gone.id, name: "going" });
    expect(removed).toMatchObject({ app_user: 2, calendar: 2, access_token: 3, webhook: 1 });
    expect([...statuses].sort()).toEqual([200, 201]);

    expect(await tablesWith(world.sql, gone.id)).toEqual({});
    const { rows } = await world.sql.query("select from organisation where id = $1", [gone.id]);
    expect(rows).toEqual([]);
    const now = await dumpOf(world.sql, stays.id);
    for (const table of [
      "app_user",
      "access_token",
      "record",
      "webhook",
      "erasure",
      "user_address",
      "calendar_grant",
    ])
      expect([table, now[table]]).toEqual([table, others[table]]);
    expect(now.event).toEqual(expect.arrayContaining(others.event!));
    expect((await stays.member.rest("GET", "/events?since=0")).body.length).toBe(9 + ids.length);
  });

  test("has no tokens that anybody knows, and its name is free", async () => {
    const { id, member } = await everything("named");
    await command("org", "close", "named");
    // Its tokens have ended.
    await world.sql.query("update organisation set closed_at = closed_at - interval '5 s' where id = $1", [
      id,
    ]);
    await until(async () => (await member.rest("GET", "/me")).status === 401);
    expect(await command("org", "delete", "named", "--yes", "named")).toMatchObject({ id });
    const answers = [
      await callRest(world.url, member.token, { method: "GET", path: "/me" }),
      await callGraphQL(world.url, member.token, { query: "{ me { id } }" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(await command("org", "add", "named")).toMatchObject({ name: "named" });
  });
});
