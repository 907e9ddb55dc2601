// What a row of the route table is: an address, what a call of it comes to, and what a client has to know to make one.
import type { Request, Response } from "express";
import type { Context } from "../context";
import type { Schema } from "../values/schema";
import type { HeaderName } from "./headers";
import type { ListAnswer } from "./list";
import type { OperationName } from "./openapi/described";
import type { HeaderParameter, Parameter } from "./query";
import type { Query } from "./query";
import type { Refusal } from "./refusals";

export interface RestCall {
  ctx: Context;
  params: Readonly<Record<string, string>>;
  query: Query;
  header(declared: HeaderParameter): string | undefined;
  /** What the body holds for an input of GraphQL's, whose rules judge it: nothing of it has been looked at. */
  body<Input = Record<string, unknown>>(): Promise<Input>;
  /** The body of a route whose `bodyType` is that of calendar files. */
  calendar(): Promise<Buffer>;
}

/** A JSON text, a list to be read in batches, or nothing but a status. */
export type RestAnswer =
  | { status: number; json: string; headers?: Readonly<Record<string, string>> }
  | { list: ListAnswer }
  | { status: 204 | 304; headers?: Readonly<Record<string, string>> };

/** What an answer that is no refusal looks like. */
export interface AnswerShape {
  status: 200 | 201 | 204 | 304;
  description: string;
  schema?: Schema;
  /** `application/json` where nothing else is said. */
  mediaType?: string;
  /** Headers it has; those it has at times end in a question mark. */
  headers?: readonly (HeaderName | `${HeaderName}?`)[];
}

interface Row {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** `/events/:id` */
  path: string;
  name: OperationName;
  parameters: readonly Parameter[];
  answers: readonly AnswerShape[];
  /** Beyond those of its parameters and body, and those that every address has. */
  refusals?: readonly Refusal[];
  /** What its body is. */
  body?: Schema;
  /** `application/json` where nothing else is said. */
  bodyType?: string;
}

export interface Route extends Row {
  call(call: RestCall): Promise<RestAnswer>;
}

/** A row of the description itself: anybody may read it. */
export interface OpenRoute extends Row {
  method: "GET";
  serve(req: Request, res: Response): void | Promise<void>;
}
