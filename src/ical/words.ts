// What a VEVENT says of a meeting apart from its texts, times and people: how it shows in a calendar, whether it takes place,
// where to join it, and what a CRM keeps with it. Its words in a file stand here, for reading and for writing.

import {
  firstCodePoints,
  firstText,
  type Properties as Lines,
  type Property as Line,
  quote,
  type Remark,
  textOf,
} from "./property";
import {
  MAX_PROPERTIES,
  type Properties,
  propertiesFault,
  PROPERTY_NAME,
  type Property,
  propertyFault,
} from "../values/properties";
import { isObject } from "../values/rules";
import { webUrlFault } from "../values/urls";
import { EVENT_STATUS, SHOW_AS, type EventStatus, type ShowAs, type Vocabulary } from "../values/vocabulary";

export interface Words {
  /** X-MICROSOFT-CDO-BUSYSTATUS; null where the file only says whether the time is free. */
  showAs: ShowAs | null;
  /** TRANSP, which is OPAQUE where it is absent. */
  isFree: boolean;
  /** Null where the file says nothing of it. */
  status: EventStatus | null;
  conferenceUrl: string | null;
  /** The CRM's own words, which only a file of ours has; null elsewhere. */
  type: string | null;
  properties: Properties | null;
}

const MAX_TYPE_LENGTH = 100;
const MAX_URL_LENGTH = 2_000;
/** Which lines say where to join, the best first. */
const CONFERENCES = [
  "conference",
  "x-google-conference",
  "x-microsoft-skypeteamsmeetingurl",
  "x-microsoft-onlinemeetingexternallink",
];
const WEB = /^https?:/i;
// As X-MICROSOFT-CDO-BUSYSTATUS has them.
const BUSY_STATUS: Readonly<Record<ShowAs, string>> = {
  busy: "BUSY",
  free: "FREE",
  tentative: "TENTATIVE",
  outOfOffice: "OOF",
};

/** Reads them; `remark` hears of each that is no word, and costs no more than itself. */
export function readWords(lines: Lines, remark: Remark): Words {
  const known = <Word extends string>(name: string, vocabulary: Vocabulary<Word>): Word | null => {
    const line = lines.get(name)?.[0];
    const given = line ? textOf(line).trim() : "";
    if (!line || given === "") return null;
    const word = vocabulary.read(given);
    if (word === null) remark(`${quote(given)} is not known (${name.toUpperCase()})`, line.line);
    return word;
  };
  const showAs = known("x-microsoft-cdo-busystatus", SHOW_AS);
  const transparency = known("transp", SHOW_AS);
  const type = firstText(lines, "x-tidemark-type");
  return {
    showAs,
    isFree: (showAs ?? transparency) === "free",
    status: known("status", EVENT_STATUS),
    conferenceUrl: readConference(lines, remark),
    type: firstCodePoints(type, MAX_TYPE_LENGTH) || null,
    properties: readOwn(lines.get("x-tidemark-properties")?.[0], remark),
  };
}

/** What an event shows as that a file says no more of. */
export const shownAs = ({ showAs, isFree }: Words): ShowAs => showAs ?? (isFree ? "free" : "busy");

/** The first address of the web among them: a telephone number is no place to join on a page. */
function readConference(lines: Lines, remark: Remark): string | null {
  for (const line of CONFERENCES.flatMap((name) => lines.get(name) ?? [])) {
    const url = textOf(line).trim();
    if (!WEB.test(url)) continue;
    const isLong = firstCodePoints(url, MAX_URL_LENGTH) !== url;
    const fault = isLong ? `has over ${MAX_URL_LENGTH} characters` : webUrlFault(url);
    if (fault === null) return url;
    remark(`${quote(url)} ${fault}: it was left out`, line.line);
  }
  return null;
}

/** An unusable one of them is told, and the others stay. */
function readOwn(line: Line | undefined, remark: Remark): Properties | null {
  if (!line) return null;
  const given = parsed(textOf(line));
  if (!isObject(given)) {
    remark("X-TIDEMARK-PROPERTIES is no JSON object: it was left out", line.line);
    return null;
  }
  const kept = Object.entries(given).filter(
    (one): one is [string, Property] => PROPERTY_NAME.test(one[0]) && propertyFault(one[1]) === null,
  );
  const properties = Object.fromEntries(kept.slice(0, MAX_PROPERTIES));
  const fault = propertiesFault(properties);
  if (fault !== null) remark(`X-TIDEMARK-PROPERTIES ${fault}: it was left out`, line.line);
  else if (Object.keys(given).length > Object.keys(properties).length)
    remark("Some of X-TIDEMARK-PROPERTIES cannot be kept, and were left out", line.line);
  return fault === null ? properties : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** As an event of ours has them. */
export interface WrittenWords {
  showAs: string;
  status: string | null;
  type: string | null;
  conferenceUrl: string | null;
  properties: Readonly<Properties>;
}

/** The lines they come to; `text` writes a text as a line's value. */
export function wordLines(event: WrittenWords, text: (given: string) => string): string[] {
  const { showAs, status, type, conferenceUrl, properties } = event;
  const hasOwn = Object.keys(properties).length > 0;
  return [
    `TRANSP:${showAs === "free" ? "TRANSPARENT" : "OPAQUE"}`,
    `X-MICROSOFT-CDO-BUSYSTATUS:${BUSY_STATUS[showAs as ShowAs]}`,
    `STATUS:${(status ?? "confirmed").toUpperCase()}`,
    ...(conferenceUrl === null ? [] : [`CONFERENCE;VALUE=URI:${conferenceUrl}`]),
    ...(type ? [`X-TIDEMARK-TYPE:${text(type)}`] : []),
    ...(hasOwn ? [`X-TIDEMARK-PROPERTIES:${text(JSON.stringify(properties))}`] : []),
  ];
}
