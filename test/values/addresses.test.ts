// By what addresses are compared, sign by sign: JavaScript beside PostgreSQL, whatever the database's locale.
import { readFileSync } from "node:fs";
import path from "node:path";
import { domainToASCII } from "node:url";
import fc from "fast-check";
import pg from "pg";
import { addressKey } from "../../src/values/address-key";
import { splitAddress } from "../../src/values/address";
import { ROOT } from "../support/child";
import { openWorld, type World } from "../support/world";

const FUNCTIONS = readFileSync(path.join(ROOT, "migrations/functions/addresses.sql"), "utf8");

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Those that the two sides have different keys for. */
async function differing(on: pg.Pool | pg.Client, addresses: string[]): Promise<string[]> {
  const { rows } = await on.query<{ address: string; key: string }>(
    "select address, address_key(address) as key from unnest($1::text[]) address",
    [addresses],
  );
  expect(rows).toHaveLength(addresses.length);
  return rows
    .filter(({ address, key }) => key !== addressKey(address))
    .map(({ address, key }) => `${JSON.stringify(address)}: ${key} and ${addressKey(address)}`);
}

const SIGNS = [...Array(0x20000).keys(), ...Array.from({ length: 0x200 }, (_, n) => 0xe0000 + n)]
  .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
  .map((code) => String.fromCodePoint(code));

test("every sign of Unicode comes to one key, in SQL and in JavaScript", async () => {
  expect(await differing(world.sql, SIGNS)).toEqual([]);
});

test("every mark is put in order among others alike, in SQL and in JavaScript", async () => {
  const marked = SIGNS.filter((one) => /[\p{M}\p{Cn}]/u.test(one)).map(
    (one) => `A\u0345${one}\u0334\u0301@x`,
  );
  expect(await differing(world.sql, marked)).toEqual([]);
});

const sign = fc.oneof(
  fc.constantFrom(..."abcXYZ019.-+_ İIıiΣσςßẞÅÅäÖøЖжԱաⴀႠＡｂ字가각ᄀ한éÉǅǆJ̌ǰ。．"),
  fc.constantFrom("\u0301", "\u0323", "\u0327", "\u0345", "\u0897", "\u{16d67}", "\u{1e900}", "\u{10d50}"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 2 }).filter((text) => !text.includes("\0")),
);
const word = fc
  .oneof(
    { weight: 9, arbitrary: fc.array(sign, { maxLength: 9 }) },
    { weight: 1, arbitrary: fc.array(sign, { maxLength: 70 }) },
  )
  .map((signs) => signs.join(""));
const address = fc
  .tuple(word, fc.constantFrom("@", "@", "@", "@", "@x@", ""), fc.array(word, { minLength: 1, maxLength: 4 }))
  .map(([name, at, labels]) => name + at + labels.join("."));

const DRAWN = fc.sample(address, 10_000);

async function onDatabase(settings: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const name = `locale_${Math.random().toString(36).slice(2)}`;
  await world.sql.query(`create database ${name} template template0 encoding 'UTF8' ${settings}`);
  const url = new URL(world.databaseUrl);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  try {
    await client.query(FUNCTIONS);
    await work(client);
  } finally {
    await client.end();
    await world.sql.query(`drop database ${name} with (force)`);
  }
}

test.each([
  ["C", "locale 'C'"],
  ["C.UTF-8", "locale 'C.UTF-8'"],
  ["Turkish", "locale_provider icu icu_locale 'tr-TR' locale 'C.UTF-8'"],
  ["Lithuanian", "locale_provider icu icu_locale 'lt-LT' locale 'C'"],
])(
  "SQL and JavaScript agree on ten thousand drawn addresses where the database's locale is %s",
  async (_name, settings) => {
    await onDatabase(settings, async (client) => {
      const lower = await client.query<{ one: string }>("select lower('I') as one");
      expect(lower.rows[0]!.one).toBe(settings.includes("tr-TR") ? "ı" : "i");
      expect(await differing(client, DRAWN)).toEqual([]);
    });
  },
  120_000,
);

test.each([
  ["Ada@Test.CO", "ada@test.co"],
  ["zo\u00e9@b\u00fccher.example", "ZOE\u0301@B\u00dcCHER.EXAMPLE"],
  ["a@b\u00fccher.example", "A@XN--BCHER-KVA.example"],
  ["a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"],
  ["İSTANBUL@x.co", "istanbul@x.co"],
  ["\u212bke@x.co", "\u00e5KE@x.co"],
  ["J\u030c@x", "\u01f0@x"],
])("%s and %s are one address", async (one, other) => {
  expect(addressKey(one)).toBe(addressKey(other));
  expect(await differing(world.sql, [one, other])).toEqual([]);
});

test.each([
  "bücher",
  "例え",
  "пример",
  "δοκιμή",
  "مثال",
  "ひとつ屋根の下2",
  "3年b組金八先生",
  "zażółć-gęślą",
  "a-é-x",
  "한국",
])("the domain %s has the name that browsers give it", (domain) =>
  expect(addressKey(`a@${domain}.example`)).toBe(`a@${domainToASCII(domain)}.example`),
);

test.each([
  ["ı@x.co", "i@x.co"],
  ["οδος@x.co", "οδοσ@x.co"],
  ["stra\u00dfe@x.co", "strasse@x.co"],
  ["e\u0301@x.co", "e@x.co"],
])("%s and %s are two", (one, other) => {
  expect(addressKey(one)).not.toBe(addressKey(other));
});

test.each([
  ["  ada@x.co \n", "ada@x.co", null],
  ["MAILTO:ada@x.co", "ada@x.co", null],
  ["mailto: ada@x.co", "ada@x.co", null],
  ["Eve <eve@x.co>", "eve@x.co", "Eve"],
  ['"Doe, \\"E\\"" <mailto:eve@x.co>', "eve@x.co", 'Doe, "E"'],
  ["<eve@x.co>", "eve@x.co", null],
  ["mailto:Eve <eve@x.co>", "eve@x.co", "Eve"],
  ["Eve <>", "Eve <>", null],
  ["a<b@x.co", "a<b@x.co", null],
])("%p is the address %p with the name %p", (given, wanted, name) => {
  expect(splitAddress(given)).toEqual({ address: wanted, name });
});
