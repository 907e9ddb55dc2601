// Records by a part of their name, at both doors: without case and accents, and every sign for itself.
import fc from "fast-check";
import { DOORS } from "../support/doors";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;

const NAMES = [
  "Müller & Söhne",
  "O'Brien 50% \\ Co_",
  "東京電力",
  "Zoë's Café",
  "Straße",
  "Société Générale de Surveillance",
];

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada" });
  const records = NAMES.map((name) => ({ type: "Account", name }));
  const save = "mutation($records: [RecordInput!]!) { saveRecords(records: $records) { id } }";
  expect((await ada.graphql(save, { records })).errors).toBeUndefined();
  const other = await world.person({ organisationId: await world.organisation() });
  await other.graphql(save, { records });
});
afterAll(() => world.close());

test.each<[q: string, names: string[]]>([
  ["muller", ["Müller & Söhne"]],
  ["LLER & S", ["Müller & Söhne"]],
  ["ö", NAMES.filter((name) => /[oöO]/.test(name))],
  ["o'b", ["O'Brien 50% \\ Co_"]],
  ["50%", ["O'Brien 50% \\ Co_"]],
  ["%", ["O'Brien 50% \\ Co_"]],
  ["_", ["O'Brien 50% \\ Co_"]],
  [" \\ ", ["O'Brien 50% \\ Co_"]],
  ["\\", ["O'Brien 50% \\ Co_"]],
  ["京電", ["東京電力"]],
  ["力", ["東京電力"]],
  ["東力", []],
  ["cafe", ["Zoë's Café"]],
  ["ß", ["Straße"]],
  ["generale de surveil", ["Société Générale de Surveillance"]],
  ["generale surveil", []],
  ["general surveillance de ", []],
  ["x".repeat(400), []],
])("%j", async (q, names) => {
  for (const door of DOORS) {
    const { value } = await door.records(ada, { q });
    const found = (value as { name: string }[]).map(({ name }) => name);
    expect([door.name, found.sort()]).toEqual([door.name, [...names].sort()]);
  }
});

test("whatever part of whatever name is asked for, in any case, finds it", async () => {
  const part = fc
    .tuple(fc.constantFrom(...NAMES), fc.nat(40), fc.integer({ min: 1, max: 40 }), fc.boolean())
    .map(([name, from, length, loud]) => {
      const piece = [...name]
        .slice(from % [...name].length)
        .slice(0, length)
        .join("");
      return { name, q: loud ? piece.toUpperCase() : piece };
    });
  await fc.assert(
    fc.asyncProperty(part, async ({ name, q }) => {
      const { body } = await ada.rest("GET", `/records?q=${encodeURIComponent(q)}`);
      expect([q, body.records.map((one: { name: string }) => one.name)]).toEqual([
        q,
        expect.arrayContaining([name]),
      ]);
    }),
    { numRuns: 60 },
  );
});
