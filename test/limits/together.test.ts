// The line of those who go together: what is in a batch, whose turn it is, and that nobody waits behind one that is stuck.
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_TOGETHER, Together, type Joining, type Kind, type Settled } from "../../src/turns/together";

interface Batch {
  items: string[];
  end: (how?: Error) => void;
}

/** A kind whose batches end when the test says so, each item answered with itself. */
function watched(batches: Batch[], leavesOut: (item: string) => boolean = () => false): Kind<string, string> {
  return {
    mixes: true,
    isUndone: (error) => (error as Error).message === "undone",
    go: (items) =>
      new Promise((resolve, reject) => {
        const end = (how?: Error): void => {
          const settled = items
            .filter((item) => !leavesOut(item))
            .map((item) => [item, { answer: item }] as const);
          if (how) reject(how);
          else resolve(new Map<string, Settled<string>>(settled));
        };
        batches.push({ items: [...items], end });
      }),
  };
}

const turn = () => sleep(5);

function lineOf(kind: Kind<string, string>) {
  const line = new Together();
  const of = { organisationId: "1", weight: 1 };
  return (item: string, tokenId = "a", more: Partial<Joining<string, string>> = {}) =>
    line.join(kind, { ...of, item, tokenId, alone: () => Promise.resolve(`${item} alone`), ...more });
}

test("what comes in one turn goes together, and what comes meanwhile goes as the next batch", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const first = [join("1"), join("2")];
  await turn();
  const next = [join("3"), join("4"), join("5")];
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([["1", "2"]]);
  batches[0]!.end();
  expect(await Promise.all(first)).toEqual(["1", "2"]);
  await turn();
  expect(batches[1]!.items).toEqual(["3", "4", "5"]);
  batches[1]!.end();
  expect(await Promise.all(next)).toEqual(["3", "4", "5"]);
});

test("tokens take turns: who sends a hundred leaves room for who sends two", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const all = [...Array(100).keys()].map((i) => join(`a${i}`, "a"));
  all.push(join("b0", "b"), join("b1", "b"));
  await turn();
  expect(batches[0]!.items).toHaveLength(MAX_TOGETHER);
  expect(batches[0]!.items).toEqual(expect.arrayContaining(["b0", "b1", "a0", "a61"]));
  batches[0]!.end();
  await turn();
  batches[1]!.end();
  expect(await Promise.all(all)).toHaveLength(102);
});

test("of those with one key one goes at a time, and what weighs much makes a batch short", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const all = [
    join("1", "a", { key: "k" }),
    join("2", "b", { key: "k" }),
    join("3"),
    join("4", "c", { weight: 128 }),
  ];
  for (let round = 0; round < 4; round++) {
    await turn();
    batches[round]?.end();
  }
  await Promise.all(all);
  expect(batches.map(({ items }) => items)).toEqual([["1", "3"], ["2"], ["4"]]);
});

test("what a batch leaves out, and all of one that was not done, is done alone", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches, (item) => item === "2"));
  const all = [join("1"), join("2")];
  await turn();
  batches[0]!.end();
  expect(await Promise.all(all)).toEqual(["1", "2 alone"]);
  const undone = [join("3"), join("4")];
  await turn();
  batches[1]!.end(new Error("undone"));
  expect(await Promise.all(undone)).toEqual(["3 alone", "4 alone"]);
});

test("where nobody knows whether it was done, all are told so and nothing is done again", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const all = Promise.allSettled([join("1"), join("2")]);
  await turn();
  batches[0]!.end(new Error("the connection broke"));
  expect((await all).map((one) => one.status === "rejected" && (one.reason as Error).message)).toEqual([
    "the connection broke",
    "the connection broke",
  ]);
});

test("behind a batch that takes more than two seconds nobody waits", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const stuck = join("1");
  await turn();
  expect(await join("2")).toBe("2 alone");
  expect(await join("3")).toBe("3 alone");
  batches[0]!.end();
  expect(await stuck).toBe("1");
  const after = join("4");
  await turn();
  batches[1]!.end();
  expect(await after).toBe("4");
});

test("those of several organisations go together, but what does not mix", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const all = [join("1"), join("2", "b", { organisationId: "2" }), join("3", "a", { organisationId: "3" })];
  await turn();
  expect(batches[0]!.items).toEqual(["1", "2", "3"]);
  batches[0]!.end();
  expect(await Promise.all(all)).toEqual(["1", "2", "3"]);

  const apart: Batch[] = [];
  const joinApart = lineOf({ ...watched(apart), mixes: false });
  const others = [joinApart("1"), joinApart("2", "b", { organisationId: "2" }), joinApart("3")];
  await turn();
  expect(apart.map(({ items }) => items)).toEqual([["1", "3"], ["2"]]);
  for (const { end } of apart) end();
  expect(await Promise.all(others)).toEqual(["1", "2", "3"]);
});

test("one key of two organisations is two keys", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const all = [join("1", "a", { key: "k" }), join("2", "a", { key: "k", organisationId: "2" })];
  await turn();
  expect(batches[0]!.items).toEqual(["1", "2"]);
  batches[0]!.end();
  expect(await Promise.all(all)).toEqual(["1", "2"]);
});

test("organisations take turns: one with a hundred tokens leaves room for one with two writes", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const all = [...Array(100).keys()].map((i) => join(`a${i}`, `token ${i}`));
  all.push(join("b0", "b", { organisationId: "2" }), join("b1", "b", { organisationId: "2" }));
  await turn();
  expect(batches[0]!.items).toHaveLength(MAX_TOGETHER);
  expect(batches[0]!.items.slice(0, 4)).toEqual(["a0", "b0", "a1", "b1"]);
  batches[0]!.end();
  await turn();
  batches[1]!.end();
  expect(await Promise.all(all)).toHaveLength(102);
});

test("those of other organisations who come meanwhile go as the next batch, but what does not mix passes", async () => {
  const batches: Batch[] = [];
  const kind = watched(batches);
  const line = new Together();
  const join = (item: string, organisationId: string, how = kind) =>
    line.join(how, { item, organisationId, tokenId: "a", weight: 1, alone: () => Promise.resolve("alone") });
  const all = [join("1", "1")];
  await turn();
  all.push(join("2", "1"), join("3", "2"), join("4", "3"), join("5", "4", { ...kind, mixes: false }));
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([["1"], ["5"]]);
  batches[0]!.end();
  await turn();
  expect(batches[2]!.items).toEqual(["2", "3", "4"]);
  for (const { end } of batches) end();
  expect(await Promise.all(all)).toEqual(["1", "2", "3", "4", "5"]);
});

test("an organisation whose batch has failed fails with nobody else then", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const failing = join("1");
  await turn();
  batches[0]!.end(new Error("undone"));
  expect(await failing).toBe("1 alone");
  const all = [
    join("2"),
    join("3", "b", { organisationId: "2" }),
    join("4"),
    join("5", "c", { organisationId: "3" }),
  ];
  await turn();
  expect(batches.slice(1).map(({ items }) => items)).toEqual([
    ["2", "4"],
    ["3", "5"],
  ]);
  for (const { end } of batches.slice(1)) end();
  expect(await Promise.all(all)).toEqual(["2", "3", "4", "5"]);
});

test("behind a batch that takes long those of its organisations go alone, and the others without it", async () => {
  const batches: Batch[] = [];
  const join = lineOf(watched(batches));
  const stuck = [join("1"), join("2", "b", { organisationId: "2" })];
  await turn();
  const waiting = [join("3"), join("4", "d", { organisationId: "3" })];
  expect(await waiting[0]).toBe("3 alone");
  expect(await join("5", "b", { organisationId: "2" })).toBe("5 alone");
  expect(batches.map(({ items }) => items)).toEqual([["1", "2"], ["4"]]);
  for (const { end } of batches) end();
  expect(await Promise.all([...stuck, ...waiting])).toEqual(["1", "2", "3 alone", "4"]);
});
