// How rows of the matrix ask at the GraphQL door.
import type { EventRuleName, RuleName } from "./rules";
import type { EventKind, Kind, Look, Row } from "./row";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

export interface GraphQLAsk {
  /** The document for something of this id; a mutation is one. `fresh` is a text that was never used. */
  document: (id: string, fresh: string) => string;
  look: Look;
}

export type GraphQLRow = Row<GraphQLAsk>;

export const EVENT = "id subject location deleted";
export const TIMES = `startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z"`;
export const text = (id: string): string => JSON.stringify(id);

const ask =
  (needs: "read" | "write") =>
  (document: GraphQLAsk["document"], look: Look = () => undefined) => ({
    needs,
    ask: {
      document: (id: string, fresh: string) =>
        `${needs === "write" ? "mutation" : "query"} { ${document(id, fresh)} }`,
      look,
    },
  });
export const reads = ask("read");
export const writes = ask("write");

export type Asked = ReturnType<typeof reads>;
export const event = (rule: EventRuleName, asked: Asked): GraphQLRow => ({ names: "event", rule, ...asked });
export const other = (names: Exclude<Kind, EventKind>, rule: RuleName, asked: Asked): GraphQLRow => ({
  names,
  rule,
  ...asked,
});

export const orNothing =
  (reach: (answer: any) => unknown): Look =>
  (answer) => {
    const found = reach(answer);
    return found === null || found === undefined || (Array.isArray(found) && found.length === 0)
      ? "nothing"
      : undefined;
  };
