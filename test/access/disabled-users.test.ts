// Users who are disabled, and who come back.
import { callRest, openWorld, type Person, type World } from "../support/world";

let world: World;
let admin: Person;
let ada: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Root", role: "admin" });
  ada = await world.person({ name: "Ada" });
});
afterAll(() => world.close());

const setDisabled = (what: "disableUser" | "enableUser", id: string, by = admin) =>
  by.graphql(`mutation($id: ID!) { ${what}(id: $id) { id disabled } }`, { id });

/** What an instance that has not met the token before says of it. */
async function saidOf(token: string): Promise<unknown> {
  const fresh = await world.instance();
  const { status, body } = await callRest(fresh.url, token, { method: "GET", path: "/me" });
  await fresh.close();
  return body.code ?? status;
}

test("the tokens of a disabled user are dead for good: enabled again, the user needs a new one", async () => {
  const leaver = await world.person({ name: "Leaver" });
  expect((await setDisabled("disableUser", leaver.id)).data.disableUser).toEqual({
    id: leaver.id,
    disabled: true,
  });
  expect(await saidOf(leaver.token)).toBe("token.dead");
  expect((await setDisabled("enableUser", leaver.id)).data.enableUser).toEqual({
    id: leaver.id,
    disabled: false,
  });
  expect(await saidOf(leaver.token)).toBe("token.dead");
  const made = await admin.graphql(
    "mutation($id: ID!) { createToken(userId: $id, name: 'new') { token } }".replaceAll("'", '"'),
    {
      id: leaver.id,
    },
  );
  expect(await saidOf(made.data.createToken.token)).toBe(200);
});

test("whoever disables a user in plain SQL ends their tokens too", async () => {
  const leaver = await world.person();
  await world.sql.query("update app_user set disabled_at = now() where id = $1", [leaver.id]);
  await world.sql.query("update app_user set disabled_at = null where id = $1", [leaver.id]);
  expect(await saidOf(leaver.token)).toBe("token.dead");
});

test("disabling twice, or enabling who is not disabled, changes nothing", async () => {
  const steady = await world.person();
  expect((await setDisabled("enableUser", steady.id)).data.enableUser.disabled).toBe(false);
  expect(await saidOf(steady.token)).toBe(200);
  for (let time = 0; time < 2; time++)
    expect((await setDisabled("disableUser", steady.id)).data.disableUser.disabled).toBe(true);
});

test("enabling is for admins, and knows nobody of another organisation", async () => {
  const leaver = await world.person();
  const stranger = await world.person({ role: "admin", organisationId: await world.organisation() });
  await setDisabled("disableUser", leaver.id);
  expect((await setDisabled("enableUser", leaver.id, ada)).errors?.[0]?.extensions.code).toBe("forbidden");
  expect((await setDisabled("enableUser", leaver.id, stranger)).errors?.[0]?.extensions.code).toBe(
    "not_found",
  );
  expect((await setDisabled("enableUser", "x")).errors?.[0]?.extensions.details[0].field).toBe("id");
  expect(await saidOf(leaver.token)).toBe("token.dead");
});

test("a disabled user is left out of lists unless asked for, and an invitation of their address still links", async () => {
  const leaver = await world.person({ name: "Gone", email: "gone@x.co" });
  await setDisabled("disableUser", leaver.id);
  const listed = async (args: string): Promise<unknown> => {
    const { data } = await ada.graphql(`{ users${args} { id name disabled } }`);
    return data.users.filter(({ id }: { id: string }) => id === leaver.id);
  };
  for (const args of ["", '(emails: ["gone@x.co"])', "(includeDisabled: false)", "(includeDisabled: null)"])
    expect(await listed(args)).toEqual([]);
  const row = { id: leaver.id, name: "Gone", disabled: true };
  for (const args of ["(includeDisabled: true)", '(emails: ["GONE@x.co"], includeDisabled: true)'])
    expect(await listed(args)).toEqual([row]);
  const { body } = await ada.rest("GET", "/users?email=gone@x.co");
  expect(body.records).toEqual([]);
  const made = await ada.rest("POST", "/events", {
    startTime: "2026-03-02T15:00:00Z",
    endTime: "2026-03-02T16:00:00Z",
    attendees: [{ emailAddress: "gone@x.co" }],
  });
  expect(made.body.attendees[0].userId).toBe(leaver.id);
});
