// A service of its own with the demo in it: the picture and the measurements are made of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Running, startService } from "../support/child";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

/** Tuesday morning, a quarter past ten in London, of the week in the middle of the demo. */
export function demoMorning(): Date {
  const day = new Date();
  // The week of a weekend is the one to come.
  const toTuesday = [2, 1, 0, -1, -2, -3, 3][day.getUTCDay()]!;
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + toTuesday, 10, 15));
}

export interface Demo {
  url: string;
  /** Ada's, who is an administrator. */
  token: string;
  ask: (query: string, variables?: object, token?: string) => Promise<any>;
  stop: () => Promise<void>;
}

/** The built program, with the embedded PostgreSQL, in a folder that is gone afterwards. */
export async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(path.join(tmpdir(), "tidemark-pages-"));
  const service: Running = await startService({ DATA_DIR: folder, LOG_LEVEL: "error" });
  const { url, demoToken: token } = service;
  if (!token) throw new Error("The service has made no demo token.");
  const ask = async (query: string, variables: object = {}, secret = token): Promise<any> => {
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${secret}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await answer.json()) as { data: any; errors?: unknown[] };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    url,
    token,
    ask,
    stop: async () => {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const CREATE = `mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs, atomic: true) { id } }`;

/** So many events, spread evenly over the first four weeks of this month. */
export async function fillMonth({ ask }: Demo, count: number): Promise<void> {
  const now = new Date();
  const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1, 8);
  const inputs = Array.from({ length: count }, (_, index) => {
    const from = first + (index % 28) * 86_400_000 + Math.floor(index / 28) * 2_700_000;
    const to = from + 1_800_000;
    return {
      subject: `Meeting ${index + 1}`,
      startTime: new Date(from).toISOString(),
      endTime: new Date(to).toISOString(),
      attendees: [{ emailAddress: "ben@demo.test" }, { emailAddress: "dana@globex.test" }],
    };
  });
  await ask(CREATE, { inputs });
}
