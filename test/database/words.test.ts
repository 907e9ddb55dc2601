// What a word is, sign by sign: PostgreSQL's functions beside Unicode's categories.
import { openWorld, type World } from "../support/world";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Marks and signs without a meaning of their own, which are left out. */
const LEFT_OUT = /[\p{M}\p{Cf}\u0640]/u;
/** What is read in another form is judged by that form. */
const plainest = (one: string): boolean => one.normalize("NFKD").normalize("NFC") === one;
const SIGNS = Array.from({ length: 0xffff }, (_, code) => code + 1)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((one) => plainest(one) && !LEFT_OUT.test(one) && !/\p{Cn}/u.test(one));

test("letters and digits make words, punctuation and spaces do not, in every script of Unicode's first plane", async () => {
  const { rows } = await world.sql.query<{ one: string; words: string }>(
    "select one, search_text(one) as words from unnest($1::text[]) one",
    [SIGNS],
  );
  const wrong = rows.filter(({ one, words }) => {
    if (/[\p{L}\p{N}]/u.test(one)) return words === "";
    return (
      words !== "" &&
      !(/\p{S}/u.test(one) && /[\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u303b-\u303c]/.test(one))
    );
  });
  expect(wrong.map(({ one, words }) => `U+${one.codePointAt(0)?.toString(16)} ${words}`)).toEqual([]);
});

test("a text comes to the same in capital and in small letters, and in either form of its accents", async () => {
  // The last are younger than some PostgreSQL.
  const letters = SIGNS.filter(
    (one) => one < "\ua7c0" && /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(one),
  );
  const accents = Array.from({ length: 0x1fff - 0xc0 }, (_, n) => String.fromCodePoint(0xc0 + n)).filter(
    (one) => /\p{L}/u.test(one) && one.normalize("NFC") === one && one.normalize("NFD") !== one,
  );
  const { rows } = await world.sql.query<{ one: string }>(
    `select one from unnest($1::text[], $2::text[]) as pair (one, other) where search_text(one) <> search_text(other)`,
    [
      [...letters.filter((one) => one.toLowerCase().toUpperCase() === one), ...accents],
      [
        ...letters.filter((one) => one.toLowerCase().toUpperCase() === one).map((one) => one.toLowerCase()),
        ...accents.map((one) => one.normalize("NFD")),
      ],
    ],
  );
  expect(rows).toEqual([]);
});
