// Column options that several entities share.
import type { ColumnOptions } from "typeorm";

/** A timestamptz(3) whose property holds the wire's text, RFC 3339 in UTC with three decimals. */
export const instantColumn: ColumnOptions & { type: "timestamptz" } = {
  type: "timestamptz",
  precision: 3,
  // The database fills in what a write leaves out.
  default: () => "tidemark_now()",
  transformer: {
    to: (instant: unknown) => instant,
    from: (stored: Date | null) => stored?.toISOString() ?? null,
  },
};

export const nullableInstantColumn: ColumnOptions & { type: "timestamptz" } = {
  ...instantColumn,
  default: undefined,
  nullable: true,
};
