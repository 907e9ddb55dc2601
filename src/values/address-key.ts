// By what addresses of e-mail are compared. The same is in SQL (migrations/functions/addresses.sql), and
// test/values/addresses.test.ts holds them side by side, sign by sign.

/** Marks younger than Unicode 14, which not every PostgreSQL and Node.js would compose and put in order. */
const YOUNG =
  /\u0897|[\u1acf-\u1aff]|[\u{105c0}-\u{105ff}]|[\u{10d40}-\u{10d8f}]|[\u{10ec0}-\u{10eff}]|[\u{11380}-\u{113ff}]|[\u{11f00}-\u{11f5f}]|[\u{16100}-\u{1613f}]|[\u{16d40}-\u{16d7f}]|[\u{1e030}-\u{1e08f}]|[\u{1e4d0}-\u{1e4ff}]|[\u{1e5d0}-\u{1e5ff}]|[\u{1e6c0}-\u{1e6ff}]/gu;

/** Capitals of which JavaScript's small letter is another than Unicode's simple mapping has, or none in an older Node.js. */
const SMALL = new Map<string, string>([
  ["İ", "i"],
  ...pairs(
    "\u1c89\ua7cb\ua7cc\ua7ce\ua7d2\ua7d4\ua7da\ua7dc",
    "\u1c8a\u0264\ua7cd\ua7cf\ua7d3\ua7d5\ua7db\u019b",
  ),
  ...run(0x10d50, 0x10d65, 0x10d70),
  ...run(0x16ea0, 0x16eb8, 0x16ebb),
]);

function pairs(capitals: string, small: string): [string, string][] {
  return [...capitals].map((capital, at) => [capital, small.charAt(at)]);
}

function run(from: number, to: number, small: number): [string, string][] {
  return Array.from({ length: to - from + 1 }, (_, n) => [
    String.fromCodePoint(from + n),
    String.fromCodePoint(small + n),
  ]);
}

const ASCII = /^[\0-\x7f]*$/;
/** Dots of other scripts, which keep labels of a domain apart as well. */
const DOTS = /[。．｡]/gu;
/** A domain's label that is longer is none, and stays as it is. */
const MAX_LABEL = 63;

/**
 * By what addresses are compared: Unicode's NFC, in small letters by Unicode's simple mapping, the domain in punycode. It is
 * the same whatever the versions of Unicode here and in PostgreSQL. Most addresses cost one look.
 */
export function addressKey(address: string): string {
  if (ASCII.test(address)) return address.toLowerCase();
  let plain = address;
  for (let before = null; plain !== before;) {
    before = composed(plain);
    plain = [...before].map((one) => SMALL.get(one) ?? one.toLowerCase()).join("");
  }
  const at = plain.lastIndexOf("@") + 1;
  if (at === 0 || ASCII.test(plain.slice(at))) return plain;
  const labels = plain.slice(at).replace(DOTS, ".").split(".");
  return plain.slice(0, at) + labels.map(labelKey).join(".");
}

/** In NFC. A character without a meaning keeps young marks apart from all else. */
function composed(text: string): string {
  const apart = text.replace(YOUNG, "\x01$&\x01");
  return apart === text ? text.normalize("NFC") : apart.normalize("NFC").replaceAll("\x01", "");
}

/** RFC 3492. */
function labelKey(label: string): string {
  const codes = [...label].map((one) => one.codePointAt(0) ?? 0);
  if (ASCII.test(label) || codes.length > MAX_LABEL) return label;
  const filled = codes.map((code) => code < 128);
  const basic = codes.filter((code) => code < 128).map((code) => String.fromCharCode(code));
  let named = `xn--${basic.join("")}${basic.length > 0 ? "-" : ""}`;
  let [length, lastCode, nextPlace, bias] = [basic.length, 128, 0, 72];
  for (const { code, place } of inOrder(codes)) {
    length++;
    const ahead = filled.slice(0, place).filter(Boolean).length;
    const delta = (code - lastCode) * length + ahead - nextPlace;
    named += digitsOf(delta, bias);
    bias = biasAfter(delta, length, length === basic.length + 1);
    filled[place] = true;
    [lastCode, nextPlace] = [code, ahead + 1];
  }
  return named;
}

/** Letters beyond ASCII in the order in which punycode names them. */
const inOrder = (codes: readonly number[]): { code: number; place: number }[] =>
  codes
    .map((code, place) => ({ code, place }))
    .filter(({ code }) => code > 127)
    .sort((a, b) => a.code - b.code || a.place - b.place);

/** A number of digits with weights that depend on `bias`. */
function digitsOf(delta: number, bias: number): string {
  let digits = "";
  let rest = delta;
  for (let step = 36; ; step += 36) {
    const most = Math.min(Math.max(step - bias, 1), 26);
    if (rest < most) return digits + digit(rest);
    digits += digit(most + ((rest - most) % (36 - most)));
    rest = Math.floor((rest - most) / (36 - most));
  }
}

const digit = (value: number): string => "abcdefghijklmnopqrstuvwxyz0123456789".charAt(value);

function biasAfter(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / length);
  let bias = 0;
  for (; rest > 455; bias += 36) rest = Math.floor(rest / 35);
  return bias + Math.floor((36 * rest) / (rest + 38));
}
