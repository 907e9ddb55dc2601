// What we use of ical.js 2.2.1. Its own declarations are written for ES modules, which a CommonJS program may
// not import (TS1479), although the package does ship a CommonJS build for "require".
declare module "ical.js" {
  /** A property in jCal form (RFC 7265): name, parameters, value type, then the values. */
  type JCalProperty = [
    name: string,
    parameters: Record<string, string | string[]>,
    type: string,
    ...values: unknown[],
  ];
  interface DesignSet {
    /** How values of each type are read and written. */
    readonly value: Readonly<Record<string, unknown>>;
  }
  const ical: {
    design: { icalendar: DesignSet };
    parse: {
      (text: string): unknown[];
      property(line: string, design: DesignSet): JCalProperty;
    };
    stringify: {
      property(property: JCalProperty, design: DesignSet, noFold: boolean): string;
    };
  };
  export default ical;
}
