// Rules for what only a meeting has: words of a vocabulary, where to join it, and what a CRM keeps with it.
import { MAX_PROPERTIES, PROPERTY_NAME, propertyFault, type PropertiesGiven } from "./properties";
import { isObject, known, taking, type Read } from "./rules";
import { textFault } from "./text";
import { webUrlFault } from "./urls";
import { STATUS, type Vocabulary } from "./vocabulary";

/** One of the words of a vocabulary, by whatever name. */
export const wordOf = <T extends string>(vocabulary: Vocabulary<T>): Read<T> =>
  taking(
    { type: "string", examples: vocabulary.words },
    known((given) => vocabulary.read(given), vocabulary.rule),
  );

export const status = wordOf(STATUS);

/** The address of a page that people can open. */
export const webUrl = (most: number): Read<string> =>
  taking(
    { type: "string", format: "uri", maxLength: most, examples: ["https://meet.example/abc"] },
    (given, field, faults) => {
      if (typeof given !== "string") return faults.add(field, "must be text");
      const fault = textFault(given, most) ?? webUrlFault(given);
      return fault ? faults.add(field, fault) : given;
    },
  );

// Those that a write takes away need no room: a write may name as many of them again.
const MAX_NAMED = 2 * MAX_PROPERTIES;

/** Properties of an event, or some of them; null takes one away. How many there may be in all is asked of the result. */
export const properties = taking<PropertiesGiven>(
  { type: "object", examples: [{ stage: "won", seats: 5 }] },
  (given, field, faults) => {
    if (!isObject(given)) return faults.add(field, "must be an object of texts, numbers, true and false");
    const names = Object.keys(given);
    if (names.length > MAX_NAMED) return faults.add(field, `must have ${MAX_PROPERTIES} keys at most`);
    for (const name of names) {
      const fault = PROPERTY_NAME.test(name)
        ? given[name] !== null && propertyFault(given[name])
        : "must be named by a letter and up to 63 letters, digits and _";
      if (fault) faults.add(`${field}.${name.slice(0, 64)}`, fault);
    }
    // -0 would be stored as 0.
    return Object.fromEntries(
      names.map((name) => [name, given[name] === 0 ? 0 : given[name]]),
    ) as PropertiesGiven;
  },
);
