/**
 * The time zones that the browser knows, under the names they have now. Browsers list some under names of long ago (Asia/Calcutta);
 * whoever looks for one of these finds the present one.
 */
const PRESENT: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Catamarca": "America/Argentina/Catamarca",
  "America/Coral_Harbour": "America/Atikokan",
  "America/Cordoba": "America/Argentina/Cordoba",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "America/Jujuy": "America/Argentina/Jujuy",
  "America/Louisville": "America/Kentucky/Louisville",
  "America/Mendoza": "America/Argentina/Mendoza",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

/** The present name, where this browser knows it. */
export function presentName(zone: string): string {
  const present = PRESENT[zone];
  if (present === undefined) return zone;
  try {
    Intl.DateTimeFormat("en", { timeZone: present });
    return present;
  } catch {
    return zone;
  }
}

export interface NamedZone {
  name: string;
  /** What it is found by, in small letters: its name, and the one of long ago. */
  found: string;
}

let named: readonly NamedZone[] | undefined;

/** By name. */
export function allZones(): readonly NamedZone[] {
  named ??= [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])]
    .map((zone) => {
      const name = presentName(zone);
      const names = name === zone ? name : `${name} ${zone}`;
      return { name, found: names.replaceAll("_", " ").toLowerCase() };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return named;
}

/** The zones in whose names all words of a text are; those that begin with it, or whose city does, first. */
export function zonesFor(text: string): readonly NamedZone[] {
  const words = text.toLowerCase().replaceAll("_", " ").split(/\s+/).filter(Boolean);
  const begins = ({ found }: NamedZone): boolean =>
    words.length > 0 && found.split(/[/ ]/).some((part) => part.startsWith(words[0] ?? ""));
  const fitting = allZones().filter(({ found }) => words.every((word) => found.includes(word)));
  return [...fitting.filter(begins), ...fitting.filter((zone) => !begins(zone))];
}
