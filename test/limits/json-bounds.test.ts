// What JSON may hold is told from its bytes, before it is parsed, as it is told from what was parsed.
import fc from "fast-check";
import { requireBoundedJson, requireBoundedText } from "../../src/values/json-bounds";

/** Short texts are not looked at. */
const LONG = " ".repeat(16 * 1024);

const refusalOf = (look: () => void): string => {
  try {
    look();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

const wide = fc
  .integer({ min: 95, max: 105 })
  .map((count) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n])));
const deep = fc
  .tuple(fc.integer({ min: 45, max: 55 }), fc.boolean())
  .map(([levels, asObject]) =>
    Array.from({ length: levels }).reduce<unknown>((inner) => (asObject ? { a: inner } : [inner]), 1),
  );
const long = fc
  .tuple(fc.integer({ min: 99_985, max: 100_005 }), fc.constantFrom<unknown>(1, "a,]", {}, []))
  .map(([length, item]) => Array.from({ length }, () => item));
const signs = fc.string({
  unit: fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "\\", "a", "é", "😀", " "),
});
const plain = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, signs, fc.integer(), fc.constant(null), tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.dictionary(signs, tie("value"), { maxKeys: 5 }),
})).value;

test.each([
  ["lists and objects of texts full of signs", plain, 300],
  ["objects with about as many fields as there may be", fc.tuple(wide, plain), 50],
  ["about as many levels as there may be", fc.tuple(plain, deep), 50],
  ["about as many values as there may be", long, 8],
])(
  "%s: the bytes and what is parsed of them are refused alike",
  (_what, drawn: fc.Arbitrary<unknown>, numRuns) => {
    fc.assert(
      fc.property(drawn, fc.constantFrom(0, 2), (json, indent) => {
        const text = Buffer.from(LONG + JSON.stringify(json, null, indent));
        expect(refusalOf(() => requireBoundedText(text, "It"))).toBe(
          refusalOf(() => requireBoundedJson(json, "It")),
        );
      }),
      { numRuns },
    );
  },
);

test("what is no JSON is left to the parser, however it ends", () => {
  for (const text of ['{"a', '{"a\\"', "]]]}}}", '{"a":"b', ":,:,", "nul"])
    expect(refusalOf(() => requireBoundedText(Buffer.from(LONG + text), "It"))).toBe("");
});
