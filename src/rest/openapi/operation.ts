// A row of the route table as an operation of the OpenAPI document.
import { refTo, type Schema } from "../../values/schema";
import { HEADERS, type HeaderName } from "../headers";
import { EXAMPLE_REQUEST_ID, PREFER, REQUEST_ID } from "../parameters";
import type { Parameter } from "../query";
import { ALWAYS, OF_BODIES, REFUSALS, type Refusal } from "../refusals";
import type { AnswerShape, OpenRoute, Route } from "../route";
import { examplesOf, wordsOf, type Example } from "./described";

export type Row = Route | OpenRoute;
type Json = Record<string, unknown>;

const RATE_LIMIT: readonly HeaderName[] = ["RateLimit-Policy", "RateLimit"];

/** `/events/:id` as `/events/{id}`. */
export const template = (path: string): string => path.replace(/:(\w+)/g, "{$1}") || "/";

const named = (examples: readonly Example[], valueOf: (example: Example) => unknown): Json => {
  const given = examples.flatMap((example) => {
    const value = valueOf(example);
    return value === undefined ? [] : [[example.name, { summary: example.summary, value }] as const];
  });
  return given.length === 0 ? {} : { examples: Object.fromEntries(given) };
};

const isOpen = (row: Row): row is OpenRoute => "serve" in row;

export function operation(row: Row): Json {
  const { name, body, bodyType = "application/json" } = row;
  const { tag, summary, description } = wordsOf(name);
  const examples = examplesOf(name);
  return {
    operationId: name,
    tags: [tag],
    summary,
    description: [description, ...examples.flatMap(requestLine)].join("\n\n"),
    ...(isOpen(row) && { security: [] }),
    parameters: parameters(row, examples),
    ...(body && {
      requestBody: {
        required: true,
        content: { [bodyType]: { schema: body, ...named(examples, (example) => example.body) } },
      },
    }),
    responses: responses(row, examples),
  };
}

const isWrite = ({ method }: Row): boolean => method !== "GET";

function parameters(row: Row, examples: readonly Example[]): Json[] {
  const { path, parameters: declared } = row;
  const ofPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: "Its id. A malformed one is one that does not exist.",
    schema: { type: "string" },
    ...named(examples, ({ params }) => params?.[name]),
  }));
  const ofAll = isWrite(row) ? [PREFER, REQUEST_ID] : [REQUEST_ID];
  return [...ofPath, ...[...declared, ...ofAll].map(parameter)];
}

function parameter({ in: place, name, description, schema }: Parameter): Json {
  return {
    name,
    in: place,
    description,
    // Several values: a=x,y
    ...(schema.type === "array" && { style: "form", explode: false }),
    schema,
  };
}

/**
 * The query and headers of an example, in words: they belong together, and a viewer that finds an example with each
 * parameter fills in all of them at once.
 */
function requestLine({ summary, query = {}, headers = {} }: Example): string[] {
  const search = Object.entries(query).map(([name, value]) => `${name}=${String(value)}`);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const parts = [search.length > 0 ? `?${search.join("&")}` : "", ...fields].filter((part) => part !== "");
  return parts.length === 0 ? [] : [`${summary}: ${parts.map((part) => `\`${part}\``).join(", ")}`];
}

/** All that a call of the row may be refused with. */
export function refusalsOf(row: Row): Refusal[] {
  const { path, parameters: declared, body, refusals = [] } = row;
  const ofParameters = declared.length > 0 ? [REFUSALS.badRequest] : [];
  if (isOpen(row)) return [...ofParameters, REFUSALS.headTooLarge, REFUSALS.internal];
  const all = [
    ...ofParameters,
    ...(body ? OF_BODIES : []),
    ...(path.includes(":") ? [REFUSALS.notFound] : []),
    ...ALWAYS,
    ...declared.flatMap((one) => one.refusals ?? []),
    ...refusals,
  ];
  return [...new Set(all)];
}

function responses(row: Row, examples: readonly Example[]): Json {
  const byStatus = new Map<number, Refusal[]>();
  for (const refusal of refusalsOf(row)) {
    const { status } = refusal.example();
    byStatus.set(status, [...(byStatus.get(status) ?? []), refusal]);
  }
  const limited = isOpen(row) ? [] : RATE_LIMIT.map((name) => `${name}?`);
  const handled = isWrite(row) ? ["Preference-Applied", ...(row.body ? ["Tidemark-Passed-Over?"] : [])] : [];
  const good = row.answers.map(
    (shape) => [shape.status, answer(shape, [...handled, ...limited], examples)] as const,
  );
  const always = isWrite(row) ? ["Preference-Applied?"] : [];
  const bad = [...byStatus].map(
    ([status, refusals]) => [status, refusal(status, refusals, { examples, always })] as const,
  );
  return Object.fromEntries([...good, ...bad].map(([status, response]) => [String(status), response]));
}

function answer(shape: AnswerShape, ofRow: readonly string[], examples: readonly Example[]): Json {
  const { status, description, schema, mediaType = "application/json", headers = [] } = shape;
  const always = ["X-Request-Id", ...headers];
  return {
    description,
    headers: headersOf([...always, ...ofRow]),
    ...(schema && { content: { [mediaType]: { schema, ...answersIn(examples, status) } } }),
  };
}

const answersIn = (examples: readonly Example[], status: number): Json =>
  named(examples, (example) => (example.answer.status === status ? example.answer.body : undefined));

/** Header objects by name; a name that ends in a question mark is of a header that is there at times. */
function headersOf(names: readonly string[]): Json {
  return Object.fromEntries(
    names.map((given) => {
      const name = given.replace("?", "") as HeaderName;
      return [name, { ...HEADERS[name], ...(!given.endsWith("?") && { required: true }) }];
    }),
  );
}

interface OfRow {
  examples: readonly Example[];
  /** Headers that all its refusals have. */
  always: readonly string[];
}

function refusal(status: number, refusals: readonly Refusal[], { examples, always }: OfRow): Json {
  const problems = refusals.map(({ example }) => example());
  const codes = [...new Set(problems.map(({ code }) => code))];
  const schema: Schema = {
    allOf: [refTo("Problem"), { type: "object", required: ["code"], properties: { code: { enum: codes } } }],
  };
  const ofCatalogue = problems.map(({ code, message, details }) => [
    code,
    { summary: message, value: { code, message, requestId: EXAMPLE_REQUEST_ID, details } },
  ]);
  const own = answersIn(examples, status).examples as Json | undefined;
  return {
    description: refusals.map(({ when, example }) => `\`${example().code}\`: ${when}`).join("\n\n"),
    headers: headersOf([
      "X-Request-Id",
      ...always,
      ...new Set(problems.flatMap(({ headers }) => Object.keys(headers))),
      ...RATE_LIMIT.map((name) => `${name}?`),
    ]),
    content: {
      "application/json": { schema, examples: own ?? (Object.fromEntries(ofCatalogue) as Json) },
    },
  };
}
