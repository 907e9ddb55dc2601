// The proof in its short form: real processes, killed and restarted. And the proof itself: what it is told, and that it
// can be told again.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { ensureBuilt, ROOT, run, type Outcome } from "../support/child";
import { isLong } from "../support/long-form";
import { Client } from "./client";
import { Findings } from "./findings";
import { History, statusField } from "./history";
import { hangUp } from "./http";
import { readOptions, WrongUsage } from "./options";
import { harmOf, planName, stepsOf } from "./plan";
import type { Report } from "./report";

const prove = (...words: string[]): Promise<Outcome> =>
  run(process.execPath, ["-r", "@swc-node/register", path.join(ROOT, "test/prove/main.ts"), ...words], {});

beforeAll(() => ensureBuilt());

test("under lost answers, kill -9 and a stepping clock every promise is kept", async () => {
  const { code, stdout, stderr } = await prove(
    ...["--seed", isLong ? "long" : "short", "--versions", isLong ? "4000" : "400"],
    ...["--minutes", isLong ? "10" : "5", "--writers", "8", "--calendars", "4", "--json"],
  );
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as Report;
  expect(report.examples).toEqual([]);
  expect(Object.values(report.counts).every((count) => count === 0)).toBe(true);
  expect(report.versionsCommitted).toBeGreaterThan(100);
  expect(report.connectionsCut.answerLost).toBeGreaterThan(0);
  expect(report.actsOnSeries).toBeGreaterThan(0);
  expect(report.webhookCalls).toBeGreaterThan(0);
  expect(report.poor?.copies).toBeGreaterThan(report.poor?.edits ?? 0);
  expect(report.twoWay?.writesAfterLastEdit).toBeLessThan(report.twoWay?.writes ?? 0);
  expect(code).toBe(0);
}, 900_000);

test("a client that is answered by a defect again and again counts it, and gives up before the run is over", async () => {
  const server = createServer((_, response) => {
    response.writeHead(500, { "content-type": "application/json" }).end('{"code":"internal","message":"-"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const findings = new Findings();
  const client = new Client({ urls: () => [`http://127.0.0.1:${port}`], cut: () => null, findings }, "t");
  await expect(client.get("/events")).rejects.toThrow("was not answered");
  expect(findings.counts.defects).toBeGreaterThan(1);
  hangUp();
  server.close();
});

describe("what is known of an event", () => {
  /** Writes of which nobody knows whether they were carried out. */
  const lose = (history: History, field: string, value: string): void => {
    const write = { values: new Map([[field, value]]), list: false };
    history.begin(write);
    history.settle(write, { tick: null, lost: true });
  };

  test("says of somebody who left that they may be Declined, however many answers are lost afterwards", () => {
    const history = new History();
    history.know(statusField("7"), "2026-01-01", "NoResponse");
    lose(history, statusField("7"), "Declined");
    for (let count = 0; count < 1_000; count++) lose(history, "subject", `subject ${count}`);
    expect(history.statusObjection("7", "2026-01-02", "Declined")).toBeNull();
    expect(history.statusObjection("7", "2026-01-02", "Accepted")).toBe("NoResponse");
  });

  test("allows what may have been written until it was written over, and nothing else", () => {
    const history = new History();
    history.know("subject", "2026-01-01", "old");
    const write = { values: new Map([["subject", "new"]]), list: false };
    history.begin(write);
    expect(history.objection("subject", "2026-01-02", "new")).toBeNull();
    history.settle(write, { tick: "2026-01-03", lost: true });
    expect(history.objection("subject", "2026-01-02", "new")).toBeNull();
    expect(history.objection("subject", "2026-01-02", "old")).toBeNull();
    expect(history.objection("subject", "2026-01-04", "new")).toBeNull();
    expect(history.objection("subject", "2026-01-04", "old")).toBe("new");
    expect(history.objection("subject", "2026-01-02", "another")).toBe("old");
  });
});

describe("the plan", () => {
  test("is the same for the same seed, and another for another", () => {
    const steps = (seed: string, writer: number): unknown[] => {
      const drawn = stepsOf(seed, writer);
      return Array.from({ length: 50 }, () => drawn.next().value);
    };
    expect(steps("a", 1)).toEqual(steps("a", 1));
    expect(steps("a", 1)).not.toEqual(steps("b", 1));
    expect(steps("a", 1)).not.toEqual(steps("a", 2));
    expect(planName("a", 3, 10_000)).toBe(planName("a", 3, 10_000));
    expect(planName("a", 3, 10_000)).not.toBe(planName("b", 3, 10_000));
  });

  test("kills and steps the clock in due order, and ends on the true time", () => {
    for (const versions of [1_000, 20_000, 1_000_000]) {
      const harm = harmOf("a", versions);
      expect(harm.map(({ at }) => at)).toEqual(harm.map(({ at }) => at).sort((a, b) => a - b));
      expect(harm.some(({ kind }) => kind === "killPostgres")).toBe(true);
      expect(harm.findLast(({ kind }) => kind === "clock")).toMatchObject({ ms: 0 });
    }
  });
});

describe("the words of the command", () => {
  test("are read with their defaults", () => {
    expect(readOptions([], {})).toMatchObject({ versions: 20_000, writers: 12, elsewhere: null });
    expect(readOptions(["--url", "http://h:1", "--token", "t"], {}).elsewhere).toEqual({
      url: "http://h:1",
      token: "t",
    });
  });

  test.each([
    [["--versions", "none"], /--versions must be a whole number/],
    [["--url", "http://h:1"], /go together/],
    [["--url", "nowhere", "--token", "t"], /must be an address/],
    [["--what"], /--what/],
  ])("%j is wrong usage", (words, reason) => {
    expect(() => readOptions(words, {})).toThrow(WrongUsage);
    expect(() => readOptions(words, {})).toThrow(reason);
  });

  test("end in exit code 2 where they are wrong", async () => {
    const { code, stdout, stderr } = await prove("--versions", "0");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/--versions must be a whole number.*npm run prove/s);
  });
});
