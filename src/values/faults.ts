// What is wrong with an input, and what of it is passed over: collected while it is read and merged, told at once.
import { badRequest, forbiddenFields, type ProblemDetail } from "../errors";
import { Handling } from "./handling";

/** Collects what is wrong with an input, so that everything is reported at once, and what of it is passed over. */
export class Faults {
  readonly details: ProblemDetail[] = [];
  private readonly withoutSay: ProblemDetail[] = [];
  private readonly skipped: Set<string>;

  /** `skipped`: what was passed over as the input was read. */
  constructor(
    readonly handling: Handling = Handling.STRICT,
    skipped: readonly string[] = [],
  ) {
    this.skipped = new Set(skipped);
  }

  /** Where what was passed over stands in the input. */
  get passedOver(): readonly string[] {
    return [...this.skipped];
  }

  /** What is refused, whatever the handling. */
  add(field: string, message: string): undefined {
    this.details.push({ field, message: `${field} ${message}.` });
    return undefined;
  }

  /** A word or an id that says nothing to us, in a meeting that is plain without it: lenient passes it over. */
  notUnderstood(field: string, message: string): undefined {
    if (this.handling === Handling.STRICT) return this.add(field, message);
    this.skipped.add(field);
    return undefined;
  }

  /** What is passed over in either handling: it is not for this write to say, and says nothing that anybody would miss. */
  passOver(field: string): void {
    this.skipped.add(field);
  }

  /** What the caller has no say in: lenient passes it over. */
  noSay(field: string, message: string): undefined {
    if (this.handling === Handling.STRICT) this.withoutSay.push({ field, message: `${field} ${message}.` });
    else this.skipped.add(field);
    return undefined;
  }

  /** Throws `bad_request` with all that is wrong, else `forbidden` with all that the caller has no say in. */
  throwIfAny(): void {
    if (this.details.length > 0) throw badRequest(...this.details);
    if (this.withoutSay.length > 0) throw forbiddenFields(...this.withoutSay);
  }
}
