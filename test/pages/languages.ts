// Brings the files of the translations to what the pages say: npm run languages. What is new stands in them with nothing
// beside it, for whoever translates; what no page says any more is gone. In the order of the source.
import { writeFileSync } from "node:fs";
import { fileOf, LANGUAGES, readSource, type Wording, wordingsOf } from "../support/sentences";

const { sentences } = readSource();

for (const language of LANGUAGES) {
  const known = wordingsOf(language);
  const wanted: Record<string, Wording> = {};
  for (const { text, plural } of sentences)
    wanted[text] = known[text] ?? (plural ? { one: "", other: "" } : "");
  writeFileSync(fileOf(language), `${JSON.stringify(wanted, null, 2)}\n`);
  const empty = Object.values(wanted).filter((wording) => Object.values(wording).includes(""));
  const missing = empty.length + Object.values(wanted).filter((wording) => wording === "").length;
  console.log(`${language}.json: ${Object.keys(wanted).length} sentences, ${missing} to translate.`);
}
