// Searches by words, as people type them: what finds a meeting and what does not, in the scripts that people write in. What
// a word is, PostgreSQL knows alone (migrations/functions/words.sql).
import fc from "fast-check";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada" });
});
afterAll(() => world.close());

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const FOUND = "query($text: String) { events(filter: { text: $text }) { totalCount edges { node { id } } } }";

async function add(texts: { subject?: string; location?: string; description?: string }): Promise<string> {
  const { status, body, text } = await ada.rest("POST", "/events", { ...TIMES, ...texts });
  expect([status, status === 201 || text]).toEqual([201, true]);
  return body.id as string;
}

async function find(text: string, who = ada): Promise<string[]> {
  const { data, errors } = await who.graphql(FOUND, { text });
  expect(errors).toBeUndefined();
  const ids = data.events.edges.map(({ node }: { node: { id: string } }) => node.id) as string[];
  expect(data.events.totalCount).toBe(ids.length);
  return ids;
}

const LONG = "x".repeat(1_000);

/** A subject, what finds it, and what does not. */
const SUBJECTS: [what: string, subject: string, finds: string[], not: string[]][] = [
  [
    "beginnings of words",
    "Quarterly budget review",
    ["budg", "b", "REV budget", "budget budg"],
    ["udget", "budgets", "budget lunch"],
  ],
  [
    "accents",
    "Réunion à Besançon",
    ["reunion", "REUNION", "réun", "re\u0301union", "besancon a"],
    ["eunion"],
  ],
  ["letters apart from their accents", "Cafe\u0301 noe\u0308l", ["café", "noël", "cafe NOEL"], []],
  ["German", "Straße in Größenwahn", ["strasse", "STRASSE", "straß", "STRAẞE", "gross", "groß"], ["osse"]],
  ["Turkish", "Işıklar İstanbul'da", ["isik", "ışık", "IŞIKLAR", "istanbul", "İSTANBUL", "da"], []],
  ["Vietnamese", "Đường Nguyễn Huệ", ["duong", "đường", "nguyen hue", "NGUYỄN"], []],
  ["Nordic and Polish", "Møde om Ærø i Łódź", ["mode", "MØDE", "aero", "lodz", "łódź"], []],
  ["Greek", "ΣΥΝΑΝΤΗΣΗ Οδός", ["συναντηση", "Συνάντησ", "οδος", "ΟΔΌΣ", "οδό"], ["δος"]],
  ["Cyrillic", "ВСТРЕЧА про ёлку", ["встреча", "Встр", "елку", "ЁЛКУ"], ["треча"]],
  ["Arabic", "اجتماع مُحَمَّد", ["اجتماع", "اجت", "محمد", "مُحَمَّد"], ["جتماع"]],
  ["Hebrew", "שָׁלוֹם לכולם", ["שלום", "שָׁלוֹם", "לכול"], ["לום"]],
  ["Hindi", "बैठक दिल्ली", ["बैठक", "दिल्", "दिल्ली बै"], ["ठक"]],
  [
    "Chinese",
    "關於東京都的第三次預算會議",
    ["預算", "會", "東京都", "於東京都的第三次預算會議", "議"],
    ["東都", "京都東", "第二次"],
  ],
  [
    "Japanese",
    "来週のプロジェクト会議ガイド",
    ["会議", "プロジェクト", "ジェ", "ﾌﾟﾛｼﾞｪｸﾄ", "ガイド"],
    ["カイド", "フロジェクト"],
  ],
  ["Korean", "다음주회의실예약", ["회의", "회의실", "약", "다음주회의실예약"], ["회실"]],
  ["Thai", "ประชุมน้ำท่วมกรุงเทพ", ["น้ำท่วม", "กรุงเทพ", "ประชุม", "ชุม"], ["เทพกรุง"]],
  [
    "Chinese beside Latin",
    "ACME株式会社 kickoff 2026年",
    ["acme", "株式", "会社 acme", "kick 年", "2026"],
    ["式株"],
  ],
  ["full width", "ＡＢＣ１２３ ｔｅｓｔ", ["abc123", "ＡＢＣ", "test"], ["123"]],
  ["pictures", "🎉 party ❤️ tonight👩‍💻", ["🎉", "party 🎉", "❤", "❤️", "👩‍💻", "tonight"], ["🎂"]],
  ["digits", "2026-03-02 room 4711 10.5%", ["2026", "03", "47", "10 5", "10.5%", "2026-03-02"], ["711"]],
  [
    "e-mail addresses",
    "With ada.lovelace+crm@example.com",
    ["ada.lovelace+crm@example.com", "lovelace", "example.c", "ADA@EXAMPLE.COM"],
    ["ace@example"],
  ],
  [
    "signs",
    "C++ & C# at AT&T, it's O’Brien's",
    ["C++", "c#", "at&t", "o'brien", "O’Brien", "brien", "it's"],
    ["C++ lunch"],
  ],
  [
    "no operators",
    "alpha beta gamma",
    [
      "alpha -beta",
      '"beta alpha"',
      "-gamma",
      "!alpha",
      "alpha & beta | gamma",
      "(alpha)",
      "alpha:*",
      "'alpha'",
      "alpha\\",
    ],
    ["alpha or beta", "alpha and gamma", "alpha | lunch"],
  ],
  [
    "words that operators have elsewhere",
    "not and or near OR",
    ["not", "AND", "or", "not or and near"],
    ["no t"],
  ],
  ["letters that are one sign", "ﬁnance ½ m² №7 ™", ["finance", "fi", "m2", "no7", "1 2"], []],
  ["soft hyphens and joiners", "bud\u00adget mee\u200bting", ["budget", "meeting"], []],
  ["a word of 1,000 characters", LONG, [LONG, "xxx", "x".repeat(61)], ["xy"]],
];

test.each(SUBJECTS)("%s: %j", async (_what, subject, finds, not) => {
  const id = await add({ subject });
  const wrong: string[] = [];
  for (const text of finds) if (!(await find(text)).includes(id)) wrong.push(`${text} does not find it`);
  for (const text of not) if ((await find(text)).includes(id)) wrong.push(`${text} finds it`);
  expect(wrong).toEqual([]);
});

test.each(["", " ", "\u3000\n\t", "-", '"', '"" -', "'", "& | !", "<>", "\\", "()", ":*"])(
  "%j holds no word and finds nothing",
  async (text) => {
    await add({ subject: `before ${text} after` });
    expect(await find(text)).toEqual([]);
  },
);

test("1,000 characters are searched by, one more is refused", async () => {
  const id = await add({ subject: "a b c d" });
  expect(await find("a b c d ".repeat(125))).toContain(id);
  expect(await find("zq ".repeat(333))).toEqual([]);
  const many = Array.from({ length: 250 }, (_, n) => n.toString(36))
    .join(" ")
    .slice(0, 1_000);
  expect(await find(many)).toEqual([]);
  expect(await find("預".repeat(1_000))).toEqual([]);
  const { errors } = await ada.graphql(FOUND, { text: "a".repeat(1_001) });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request" });
});

test("all words must be there, whichever of subject, location and description holds them", async () => {
  const id = await add({
    subject: "Kickoff Wien",
    location: "Zürich Hauptbahnhof",
    description: "agenda: offer",
  });
  for (const text of ["kick zurich agenda", "offer wien", "hauptb"]) expect(await find(text)).toContain(id);
  expect(await find("kick zurich dinner")).not.toContain(id);
  await ada.rest("PATCH", `/events/${id}`, { subject: "Moved", location: null, description: null });
  expect(await find("zurich")).not.toContain(id);
  expect(await find("kickoff wien")).not.toContain(id);
  expect(await find("move")).toContain(id);
});

test("of an HTML description what a reader sees is searched, not its tags", async () => {
  const id = await add({
    description: `<!DOCTYPE html><html><head><style type="text/css">p.hidden { color: teal }</style></head>
      <!-- remark --><body class="outlook"><P style='margin:0'>Le&nbsp;Bud<wbr/>get &eacute;t&#233; r&#xE9;union<br>Zeile</P>
      <script>var tracker = 1;</script><a href="https://join.example/abc">Beitreten</a> a&lt;b Ada &lt;ada@x.test&gt;
      <o:p>Office</o:p> &#26085;&#26412; AT&amp;T &#0;&#55296;&#99999999; Ende</body></html>`,
  });
  for (const text of [
    "le bud get",
    "été reunion",
    "zeile",
    "beitreten",
    "ada x test",
    "office",
    "日本",
    "at&t",
    "ende",
  ])
    expect([text, (await find(text)).includes(id)]).toEqual([text, true]);
  for (const text of [
    "html",
    "style",
    "teal",
    "remark",
    "outlook",
    "margin",
    "nbsp",
    "script",
    "tracker",
    "href",
    "join",
    "wbr",
    "eacute",
    "lt",
  ])
    expect([text, (await find(text)).includes(id)]).toEqual([text, false]);
});

test("what only looks like a tag is text: comparisons, addresses and links in angle brackets", async () => {
  const id = await add({ description: "1 < 2 > 0, <dana@acme.example>, <https://meet.example/77>, a<b" });
  for (const text of ["1 2 0", "dana", "acme", "meet 77", "a b"]) expect(await find(text)).toContain(id);
});

test("a subject is no HTML: what stands in angle brackets is searched", async () => {
  const id = await add({ subject: "Review of <table> markup" });
  expect(await find("table")).toContain(id);
});

test("of a description the first 20,000 characters are searched, tags not counted", async () => {
  const filler = `<p class="filler">${"ab ".repeat(10)}</p>`.repeat(600);
  const id = await add({ description: `${filler}early ${"cd ".repeat(5_000)} late` });
  expect(await find("early")).toContain(id);
  expect(await find("late")).not.toContain(id);
});

test("of runs without blanks the first 2,000 characters are searched", async () => {
  const id = await add({
    subject: "東京",
    description: `${"会".repeat(1_990)}前期${"会".repeat(3_000)}後期 plain`,
  });
  for (const text of ["東京", "前期", "plain"]) expect(await find(text)).toContain(id);
  expect(await find("後期")).not.toContain(id);
});

test("another organisation's words find nothing, nor do a colleague's that are masked", async () => {
  await add({ subject: "Überraschung" });
  const other = await world.person({ organisationId: await world.organisation() });
  expect(await find("uberr", other)).toEqual([]);
  const masked = await ada.rest("POST", "/events", { ...TIMES, subject: "Kündigung 解雇", private: true });
  expect(masked.status).toBe(201);
  const colleague = await world.person({ name: "Ben" });
  const wide = "query($text: String) { events(filter: { text: $text, scope: ORGANISATION }) { totalCount } }";
  for (const text of ["kund", "解", "private"])
    expect((await colleague.graphql(wide, { text })).data.events.totalCount).toBe(0);
  expect((await ada.graphql(wide, { text: "kund 解" })).data.events.totalCount).toBe(1);
});

const LETTERS = Array.from({ length: 0xffff }, (_, code) => String.fromCharCode(code)).filter(
  (one) =>
    // But for letters whose capitals are another letter's.
    /[\p{L}\p{N}]/u.test(one) && one.toUpperCase().toLowerCase() === one.toLowerCase(),
);
const ALPHABETS = [
  "abcXYZéÅßıŁ",
  "абвЯЁй",
  "αβΩς",
  "אבג",
  "ابتأ",
  "預算会議",
  "かきがガー",
  "회의실",
  "ประชุม",
  "0123٣",
];
const letter = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ALPHABETS.flatMap((letters) => [...letters])) },
  { weight: 1, arbitrary: fc.constantFrom(...LETTERS) },
);
const wordOf = fc.array(letter, { minLength: 1, maxLength: 12 }).map((letters) => letters.join(""));
const blank = fc.constantFrom(" ", ", ", "-", "。", "\n", " “", "/", "' ", "… ", "_", " <br> ");
const given = fc.array(fc.tuple(wordOf, blank), { minLength: 1, maxLength: 8 });

test("every beginning of every word of a text finds it, and all of them together do", async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.nat(), async (pieces, chance) => {
      const id = await add({ description: pieces.flat().join("") });
      const words = pieces.map(([one]) => one.normalize("NFC"));
      const beginnings = words.map((one, n) => {
        const signs = [...new Intl.Segmenter().segment(one)].map(({ segment }) => segment);
        return signs.slice(0, 1 + ((chance + n) % signs.length)).join("");
      });
      for (const text of [...beginnings, beginnings.join(" "), words.join(" ").toUpperCase()])
        expect([text, (await find(text)).includes(id)]).toEqual([text, true]);
    }),
    { numRuns: 25 },
  );
});
