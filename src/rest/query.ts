// The query string of a REST request: what a route reads is checked as it is read, anything else is ignored.
import { badPageToken, badRequest } from "../errors";
import { textFault } from "../values/text";
import type { Schema } from "../values/schema";
import type { Refusal } from "./refusals";

export interface Declared {
  name: string;
  description: string;
  schema: Schema;
  /** What it can bring about, beyond `bad_request`. */
  refusals?: readonly Refusal[];
}

export interface QueryParameter<T = unknown> extends Declared {
  in: "query";
  read(query: Query): T;
}

export interface HeaderParameter extends Declared {
  in: "header";
}

export type Parameter = QueryParameter | HeaderParameter;

/** A client that pages by these would get the first page for ever. */
const OTHERS_PAGES = ["page", "offset", "skip", "cursor"];

const PAGES_RULE =
  "is not known here: pages go on with pageToken, the nextPageToken of the page before, and are as long as limit says";

/** A hundred addresses of 320 characters, and their commas. */
const MAX_TEXT = 32_100;

export class Query {
  private readonly given: URLSearchParams;

  /** `search` without its question mark, and what may be asked of it. */
  constructor(
    search: string,
    private readonly declared: readonly Parameter[],
  ) {
    this.given = new URLSearchParams(search);
    const other = OTHERS_PAGES.find((name) => this.given.has(name));
    if (other !== undefined) throw badRequest({ field: other, message: `${other} ${PAGES_RULE}.` });
  }

  /** The value of a parameter. What a route reads and does not declare is a defect of its row. */
  get<T>(parameter: QueryParameter<T>): T {
    if (!this.declared.includes(parameter)) throw new Error(`The route does not declare ${parameter.name}.`);
    return parameter.read(this);
  }

  /** The value of a parameter, null when it is absent; empty, or given twice, is refused. */
  text(name: string): string | null {
    const [value, ...more] = this.given.getAll(name);
    if (value === undefined) return null;
    if (more.length > 0) throw badRequest({ field: name, message: `${name} must be given once.` });
    return check(name, value);
  }

  /** The page token as it came; one that no text could be is no page token. */
  pageToken(): string | null {
    const [value = null, ...more] = this.given.getAll("pageToken");
    if (value === null || value === "" || more.length > 0) return this.text("pageToken");
    if (textFault(value, MAX_TEXT)) throw badPageToken();
    return value;
  }

  /** `true` or `false`. */
  flag(name: string, absent = false): boolean {
    const value = this.text(name);
    if (value === null) return absent;
    if (value === "false") return false;
    if (value === "true") return true;
    throw badRequest({ field: name, message: `${name} must be true or false.` });
  }

  /** One of a few words, in any case; null when it is absent. */
  word<T extends string>(name: string, words: readonly T[]): T | null {
    const value = this.text(name);
    if (value === null) return null;
    const known = words.find((one) => one === value.toLowerCase());
    if (known !== undefined) return known;
    throw badRequest({
      field: name,
      message: `${name} must be ${words.length > 1 ? "one of " : ""}${words.join(", ")}.`,
    });
  }

  whole(name: string, [from, to]: [number, number]): number | null {
    const value = this.text(name);
    if (value === null) return null;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (number >= from && number <= to) return number;
    throw badRequest({ field: name, message: `${name} must be a whole number from ${from} to ${to}.` });
  }

  /** Repeated or separated by commas; null when it is absent. */
  list(name: string): string[] | null {
    const values = this.given.getAll(name);
    if (values.length === 0) return null;
    return values.flatMap((value) =>
      check(name, value)
        .split(",")
        .map((one) => check(name, one.trim())),
    );
  }

  /** The query as it was sent, as far as the route knows it. */
  everything(): string {
    return new URLSearchParams(this.known()).toString();
  }

  /** The parameters that name the list, whatever their order: a page token belongs to them. */
  fingerprint(): string {
    const named = this.known().filter(([name]) => name !== "limit" && name !== "pageToken");
    return JSON.stringify(named.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1)));
  }

  private known(): [string, string][] {
    return [...this.given].filter(([name]) => this.declared.some((parameter) => parameter.name === name));
  }
}

function check(name: string, value: string): string {
  const fault = value === "" ? "must not be empty" : textFault(value, MAX_TEXT);
  if (fault) throw badRequest({ field: name, message: `${name} ${fault}.` });
  return value;
}
