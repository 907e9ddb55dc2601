// Names of time zones, and the way from a clock on the wall to an instant and back.

import fc from "fast-check";
import { instantToLocal, isZone, localToInstant, type LocalTime, toIana } from "../../src/values/timezone";
import { WINDOWS_ZONES } from "../../src/values/windows-zones";

const ZONES = Intl.supportedValuesOf("timeZone");
const zones = fc.constantFrom(...ZONES);
const instants = fc
  .integer({ min: Date.UTC(1900, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 })
  .map((seconds) => new Date(seconds * 1000));

function local(text: string): LocalTime {
  const [year, month, day, hour, minute, second] = text.split(/\D/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { year, month, day, hour, minute, second };
}

const at = (text: string, zone: string): string => localToInstant(local(text), zone).toISOString();

/** What another formatter than ours says the clocks show. */
function shown(date: Date, zone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return format.format(date);
}

function written({ year, month, day, hour, minute, second }: LocalTime): string {
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

describe("names", () => {
  test("every zone Intl lists is a zone, and so are the aliases people use", () => {
    expect(ZONES.filter((name) => !isZone(name))).toEqual([]);
    const aliases = [
      "UTC",
      "GMT",
      "Asia/Kolkata",
      "Europe/Kyiv",
      "US/Eastern",
      "Etc/GMT+5",
      "EST5EDT",
      "GB-Eire",
    ];
    expect(aliases.filter((name) => !isZone(name))).toEqual([]);
  });

  test("a zone is a zone only in its own spelling", () => {
    expect(isZone("Europe/Paris")).toBe(true);
    for (const name of [
      "europe/paris",
      "EUROPE/PARIS",
      " Europe/Paris",
      "utc",
      "Romance Standard Time",
      "",
    ]) {
      expect(isZone(name)).toBe(false);
    }
  });

  test("offsets and the abbreviations Java left behind are no zones", () => {
    for (const name of [
      "+01:00",
      "-0500",
      "PST",
      "CST",
      "IST",
      "SystemV/AST4",
      "Etc/Unknown",
      "Nowhere/Special",
    ]) {
      expect(isZone(name)).toBe(false);
      expect(toIana(name)).toBeNull();
    }
    expect(toIana("x".repeat(100_000))).toBeNull();
  });

  test("an IANA name in any case is given its own spelling", () => {
    fc.assert(
      fc.property(zones, fc.infiniteStream(fc.boolean()), (zone, capitals) => {
        const letters = [...zone].map((letter) =>
          capitals.next().value ? letter.toUpperCase() : letter.toLowerCase(),
        );
        expect(toIana(letters.join(""))).toBe(zone);
      }),
    );
    expect(toIana("america/port-au-prince")).toBe("America/Port-au-Prince");
    expect(toIana("ANTARCTICA/DUMONTDURVILLE")).toBe("Antarctica/DumontDUrville");
    expect(toIana("etc/gmt-14")).toBe("Etc/GMT-14");
  });

  test("an alias stays the name it was given as", () => {
    for (const name of ["Asia/Kolkata", "Asia/Calcutta", "Europe/Kiev", "Europe/Kyiv"])
      expect(toIana(name)).toBe(name);
  });

  test("a Windows name is the IANA zone Unicode maps it to", () => {
    expect(toIana("W. Europe Standard Time")).toBe("Europe/Berlin");
    expect(toIana("romance standard time")).toBe("Europe/Paris");
    expect(toIana("Eastern Standard Time")).toBe("America/New_York");
    expect(toIana("India Standard Time")).toBe("Asia/Kolkata");
    expect(toIana("UTC-11")).toBe("Etc/GMT+11");
    expect(toIana("Middle-earth Standard Time")).toBeNull();
  });

  test("every row of the Windows table names a zone", () => {
    expect(Object.values(WINDOWS_ZONES).filter((name) => !isZone(name))).toEqual([]);
    expect(Object.keys(WINDOWS_ZONES)).toHaveLength(141);
  });
});

describe("clocks", () => {
  test("the same wall time is another instant in winter and in summer", () => {
    expect(at("2026-01-15T09:00:00", "Europe/Paris")).toBe("2026-01-15T08:00:00.000Z");
    expect(at("2026-07-15T09:00:00", "Europe/Paris")).toBe("2026-07-15T07:00:00.000Z");
    expect(at("2026-07-15T09:00:00", "Asia/Kolkata")).toBe("2026-07-15T03:30:00.000Z");
    expect(at("2026-07-15T09:00:00", "America/St_Johns")).toBe("2026-07-15T11:30:00.000Z");
  });

  test("a time the clocks skip is moved forward by what they skip", () => {
    expect(at("2026-03-29T02:30:00", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
    expect(at("2026-10-04T02:15:00", "Australia/Lord_Howe")).toBe("2026-10-03T15:45:00.000Z");
    // Samoa went over the date line and left out a day.
    expect(at("2011-12-30T10:00:00", "Pacific/Apia")).toBe("2011-12-30T20:00:00.000Z");
  });

  test("of a time the clocks show twice it is the first", () => {
    expect(at("2026-10-25T02:30:00", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
    expect(at("2026-11-01T01:30:00", "America/New_York")).toBe("2026-11-01T05:30:00.000Z");
  });

  test("years before the time zones, and before the year 1000, are read too", () => {
    expect(at("1601-01-01T00:00:00", "UTC")).toBe("1601-01-01T00:00:00.000Z");
    expect(at("0099-01-01T00:00:00", "UTC")).toBe("0099-01-01T00:00:00.000Z");
  });

  test("a zone nobody knows is refused by name", () => {
    expect(() => at("2026-01-01T00:00:00", "Nowhere/Special")).toThrow(
      new RangeError('There is no time zone "Nowhere/Special"'),
    );
  });

  test("what the clocks show is what Intl says they show", () => {
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        expect(written(instantToLocal(instant, zone))).toBe(shown(instant, zone));
      }),
    );
  });

  test("from an instant to the wall and back is the same instant, or the first with that wall time", () => {
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        const back = localToInstant(instantToLocal(instant, zone), zone);
        expect(back.getTime()).toBeLessThanOrEqual(instant.getTime());
        expect(instantToLocal(back, zone)).toEqual(instantToLocal(instant, zone));
      }),
      { numRuns: 500 },
    );
  });

  test("from the wall to an instant and back is the same wall time, or a later one where it was skipped", () => {
    fc.assert(
      fc.property(zones, instants, (zone, wall) => {
        const asked = instantToLocal(wall, "UTC");
        const got = written(instantToLocal(localToInstant(asked, zone), zone));
        expect(got >= written(asked)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
