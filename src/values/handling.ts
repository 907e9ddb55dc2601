// What becomes of the parts of a write that its caller has no say in, or that cannot be understood.
import { registerEnumType } from "type-graphql";

export enum Handling {
  STRICT = "strict",
  LENIENT = "lenient",
}

registerEnumType(Handling, {
  name: "Handling",
  description:
    "What becomes of the parts of a write that its caller has no say in, or that cannot be understood.",
  valuesConfig: {
    STRICT: { description: "The write is refused, and `details` names each of them." },
    LENIENT: { description: "They are passed over, and named in the answer's `extensions.passedOver`." },
  },
});

const PREFERENCE = /^\s*handling\s*=\s*"?(strict|lenient)"?\s*(?:;|$)/i;

/**
 * HTTP's Prefer (RFC 7240): the first `handling` of the header counts. Other preferences, and other values of this one, are
 * ignored, as the RFC asks.
 */
export function readPrefer(header: string | undefined, otherwise: Handling): Handling {
  const first = header?.split(",").find((preference) => /^\s*handling\s*(?:=|;|$)/i.test(preference));
  return (PREFERENCE.exec(first ?? "")?.[1]?.toLowerCase() as Handling | undefined) ?? otherwise;
}
