// What the OpenAPI document says of each operation beyond what its row of the route table does, as data: words in
// operations.json, and in examples.json requests with what they were answered on a first start, as the demo organisation's
// administrator meets them: what the examples of POST make is what the others read and change. The answers are recorded
// by `RECORD_EXAMPLES=1 npx jest test/rest/openapi`, which otherwise compares them.
import recorded from "./examples.json";
import words from "./operations.json";

/** An operation, as generated clients know it. */
export type OperationName = keyof typeof words;

export type Tag = "Events" | "Sync" | "Files" | "People and records" | "Webhooks" | "Description";

interface Words {
  tag: Tag;
  summary: string;
  description: string;
}

export interface Example {
  name: string;
  summary: string;
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  answer: { status: number; body?: unknown };
}

export const wordsOf = (name: OperationName): Words => (words as Record<OperationName, Words>)[name];

export const examplesOf = (name: OperationName): readonly Example[] =>
  (recorded as unknown as { [name in OperationName]?: readonly Example[] })[name] ?? [];
