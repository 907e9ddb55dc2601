// How much one answer may hold. Lists without a size weigh as if they were short (src/graphql/bounds.ts); what long ones
// within long ones come to is known only as they are read, so it is counted then.
import type { GraphQLRequestContextWillSendResponse } from "@apollo/server";
import { badSyntax } from "../errors";
import type { RequestContext } from "../request-context";

const ENTRIES_MOST = 50_000;

const TOO_MANY = `The lists below what was asked for hold more than ${ENTRIES_MOST.toLocaleString("en")} entries: ask for smaller pages, or for fewer lists within lists.`;

/** Counts the entries of the lists of one answer. */
export class Entries {
  private count = 0;

  /** Refuses, as `bad_request`, what is too much. */
  add(more: number): void {
    this.count += more;
    if (this.count > ENTRIES_MOST) throw badSyntax(TOO_MANY);
  }

  /** The list, counted. Once an answer is refused, its other lists are empty: thousands of errors take seconds. */
  take(list: readonly unknown[]): readonly unknown[] {
    if (this.count > ENTRIES_MOST) return [];
    this.add(list.length);
    return list;
  }
}

/** An answer that is too large is refused as a whole, with one error. */
export function keepSize({
  response: { body },
}: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  const refusal =
    body.kind === "single" && body.singleResult.errors?.find(({ message }) => message === TOO_MANY);
  if (refusal) body.singleResult = { data: null, errors: [refusal] };
}
