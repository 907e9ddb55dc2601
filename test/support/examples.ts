// The examples of the OpenAPI document, as a service on a first start answers them. RECORD_EXAMPLES=1 has the test of them
// write what was answered into examples.json instead of comparing it.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Example, OperationName } from "../../src/rest/openapi/described";
import recorded from "../../src/rest/openapi/examples.json";
import { EXAMPLE_REQUEST_ID } from "../../src/rest/parameters";
import { ROOT } from "./child";

const FILE = path.join(ROOT, "src/rest/openapi/examples.json");
const CHANGED = "2026-03-01T09:30:00.000Z";
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What is another each time, with its form and what an example shows in its place. */
const VARYING: Readonly<Record<string, [form: RegExp, shown: unknown]>> = {
  createdAt: [INSTANT, CHANGED],
  lastModifiedAt: [INSTANT, CHANGED],
  deletedAt: [INSTANT, CHANGED],
  nextDeltaToken: [INSTANT, CHANGED],
  requestId: [/./, EXAMPLE_REQUEST_ID],
  secret: [/^whsec_/, "whsec_XW2rQzq0Zq3mJ8mHj0yQ1kU6sC5oVtB7nLwD4eFgPao="],
  state: [/^FAILING$/, "ON"],
  because: [/cannot be reached|No answer/, null],
  failingSince: [INSTANT, null],
  behindSeconds: [/./, 0],
  hash: [/^[0-9a-f]{64}$/, "5f2c0e9a6b1d4c83f7a2906e1b5d48c3a9e07f624d1c8b35e6f09a7d2c41b8e0"],
};

const keyOf = (row: unknown): unknown => {
  const { id, month } = row as { id?: unknown; month?: unknown };
  return id ?? month;
};

/** An answer as an example shows it. Of a list only the rows that the example is about: the demo has others. */
export function asShown(answered: unknown, shown: unknown): unknown {
  if (Array.isArray(answered)) return answered.map((one) => asShown(one, null));
  if (typeof answered !== "object" || answered === null) return answered;
  const fixed = Object.entries(answered).map(([key, value]): [string, unknown] => {
    const [form, instead] = VARYING[key] ?? [];
    return form?.test(String(value)) ? [key, instead] : [key, asShown(value, null)];
  });
  const body = Object.fromEntries(fixed);
  const rows = (shown as { records?: unknown[] } | null)?.records?.map(keyOf);
  if (!rows || !Array.isArray(body.records)) return body;
  const records = body.records.filter((row) => rows.includes(keyOf(row)));
  return { ...body, records, length: records.length };
}

export const isRecording = process.env.RECORD_EXAMPLES === "1";

/** Keeps an answer as what the example shows; `saveExamples` writes the file. */
export function record(name: OperationName, example: Example, status: number, body: unknown): void {
  const all = recorded as unknown as Record<string, { name: string; answer: Example["answer"] }[]>;
  const kept = all[name]?.find((one) => one.name === example.name);
  if (!kept) throw new Error(`There is no example ${example.name} of ${name}.`);
  kept.answer = body === null ? { status } : { status, body };
}

export function saveExamples(): void {
  fs.writeFileSync(FILE, JSON.stringify(recorded));
  spawnSync("npx", ["prettier", "--write", FILE], { cwd: ROOT });
}
