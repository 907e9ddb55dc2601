// The OpenAPI document held against the service: every answer that a test gets at the REST door is one that the
// document describes, in status, headers and shape, and every body that was taken is one that it says is taken.
import "reflect-metadata";
import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { HEADERS } from "../../src/rest/headers";
import { describedApi } from "../../src/rest/openapi/served";
import type { Schema } from "../../src/values/schema";

interface Described {
  description: string;
  headers?: Record<string, { required?: boolean }>;
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  operationId: string;
  requestBody?: { content: Partial<Record<string, { schema: Schema }>> };
  responses: Record<string, Described>;
}

export interface Exchange {
  method: string;
  /** From after /api/v1. */
  path: string;
  /** The body, or its JSON text. */
  sent?: unknown;
  status: number;
  headers: Headers;
  /** As it came; parsed where it is JSON. */
  text: string;
  body: unknown;
}

const document = describedApi();
export const PATHS = document.paths as Record<string, Record<string, Operation>>;

/** A schema that also refuses what it does not name. What is in `allOf` is left open: its neighbours add to it. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const { allOf, ...rest } = schema as Schema;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, closed(value)]));
  return {
    ...inner,
    ...(allOf && { allOf }),
    ...(rest.properties && !isPropertyMap(rest) && { additionalProperties: false }),
  };
}

/** `properties` may itself be the name of a property: it is a keyword where its neighbours are. */
const isPropertyMap = (schema: Schema): boolean => schema.type === undefined;

const SHOWN = 2_000;
const INPUTS = /(Input|Patch|Ref)$/;
const schemas = Object.fromEntries(
  Object.entries(document.components.schemas).map(([name, schema]) => [
    name,
    INPUTS.test(name) ? schema : closed(schema),
  ]),
);

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
addFormats(ajv);
ajv.addVocabulary(["components", "answers", "inputs"]);

const answers: Record<string, unknown> = { Problem: { $ref: "#/components/schemas/Problem" } };
const inputs: Record<string, unknown> = {};
for (const [, methods] of Object.entries(PATHS)) {
  for (const { operationId, responses, requestBody } of Object.values(methods)) {
    for (const [status, { content }] of Object.entries(responses)) {
      answers[`${operationId}-${status}`] = closed(content?.["application/json"]?.schema ?? {});
    }
    const input = requestBody?.content["application/json"];
    if (input) inputs[operationId] = input.schema;
  }
}
ajv.addSchema({ $id: "api", components: { schemas }, answers, inputs });

/** Each is compiled where a test first needs it. */
function validator(kind: "answers" | "inputs", name: string): ValidateFunction {
  const found = ajv.getSchema(`api#/${kind}/${name}`);
  if (!found) throw new Error(`There is no schema ${kind}/${name}.`);
  return found;
}

function requireValid(kind: "answers" | "inputs", name: string, value: unknown, where: string): void {
  const validate = validator(kind, name);
  if (validate(value)) return;
  const faults = (validate.errors ?? []).map((fault) => `${fault.instancePath} ${fault.message}`).join("; ");
  throw new Error(
    `${where} is not what openapi.json says of ${name}: ${faults}\n${JSON.stringify(value).slice(0, SHOWN)}`,
  );
}

const templates = Object.keys(PATHS).map((template) => ({
  template,
  pattern: new RegExp(`^${template.replace(/\/$/, "").replace(/\{\w+\}/g, "[^/]+")}/?$`),
}));

/** Those in so many words go first. */
function templateOf(path: string): string | undefined {
  const fitting = templates.filter(({ pattern }) => pattern.test(path)).map(({ template }) => template);
  return fitting.find((template) => !template.includes("{")) ?? fitting[0];
}

/** Throws where the document does not describe the exchange. */
export function requireDescribed(exchange: Exchange): void {
  const { method, path, status, text, headers } = exchange;
  if (method === "OPTIONS") return;
  const where = `${method} ${path} → ${status}`;
  const methods = PATHS[templateOf(path.replace(/\?.*$/s, "")) ?? ""];
  const operation = methods?.[method === "HEAD" ? "get" : method.toLowerCase()];
  if (!operation) {
    requireRefused(exchange, methods ? 405 : 404, where);
    return;
  }
  const described = operation.responses[status];
  if (!described) throw new Error(`${where} is an undocumented status: ${text.slice(0, SHOWN)}`);
  requireHeaders(described, headers, where);
  if (method !== "HEAD") requireBody(exchange, operation, described, where);
}

/** Who calls is settled before the address, and so is that a foreign page may not write. */
function requireRefused({ method, status, body }: Exchange, expected: number, where: string): void {
  const isForeign = status === 403 && !["GET", "HEAD"].includes(method);
  if (!isForeign && ![expected, 401, 429, 431, 503].includes(status))
    throw new Error(`${where} is an undocumented operation.`);
  if (method !== "HEAD") requireValid("answers", "Problem", body, where);
}

function requireBody(
  { status, text, body, sent }: Exchange,
  { operationId, requestBody }: Operation,
  { content }: Described,
  where: string,
): void {
  if (!content) {
    if (text !== "") throw new Error(`${where} has a body, which is not documented.`);
    return;
  }
  if (!content["application/json"]) return;
  requireValid("answers", `${operationId}-${status}`, body, where);
  if (status < 300 && requestBody?.content["application/json"]) {
    const input: unknown = typeof sent === "string" ? JSON.parse(sent) : sent;
    requireValid("inputs", operationId, input, `${where}, sent`);
  }
}

function requireHeaders({ headers: described = {} }: Described, headers: Headers, where: string): void {
  for (const name of Object.keys(HEADERS)) {
    const documented = described[name];
    if (documented?.required && !headers.has(name)) throw new Error(`${where} has no ${name}.`);
    if (!documented && headers.has(name)) throw new Error(`${where} has ${name}, which is not documented.`);
  }
}
