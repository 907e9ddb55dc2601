import { setImmediate as tick } from "node:timers/promises";
import { Starts } from "../../src/turns/starts";
import { Turns } from "../../src/turns/turns";
import { until } from "../support/wait";

test("so many work at once, the others in the order they came, and a failure gives its turn away too", async () => {
  const turns = new Turns(2);
  const order: number[] = [];
  let [atWork, most] = [0, 0];
  const work = async (number: number): Promise<number> => {
    order.push(number);
    most = Math.max(most, ++atWork);
    await tick();
    atWork--;
    if (number === 3) throw new Error("three");
    return number;
  };
  const all = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((number) => turns.take(() => work(number))));
  expect(order).toEqual([1, 2, 3, 4, 5, 6]);
  expect(most).toBe(2);
  expect(all.map(({ status }) => status)).toEqual(
    [1, 2, 3, 4, 5, 6].map((number) => (number === 3 ? "rejected" : "fulfilled")),
  );
  expect(await turns.take(() => work(7))).toBe(7);
});

test("of many requests of one client that come at once a few begin, and then everybody's next one; each begins once", async () => {
  const starts = new Starts();
  const begun: string[] = [];
  const begin = (client: string, number: number): void =>
    starts.begin(
      {},
      () => {
        for (const over = performance.now() + 1; performance.now() < over;);
        begun.push(`${client} ${number}`);
      },
      () => ({ network: client, secret: client }),
    );
  for (let number = 0; number < 60; number++) begin("eve", number);
  begin("ada", 0);
  begin("ben", 0);
  expect(begun.length).toBeLessThan(5);
  await until(() => begun.length === 62);
  expect(Math.max(begun.indexOf("ada 0"), begun.indexOf("ben 0"))).toBeLessThan(10);
  expect(begun.filter((one) => one.startsWith("eve"))).toEqual(
    Array.from({ length: 60 }, (_, number) => `eve ${number}`),
  );
});

test("who invents tokens by the dozen has one turn with others' networks; a connection keeps few waiting", async () => {
  const starts = new Starts();
  const begun: string[] = [];
  const begin = (network: string, secret: string, connection = {}): void =>
    starts.begin(
      connection,
      () => {
        for (const over = performance.now() + 1; performance.now() < over;);
        begun.push(`${network} ${secret}`);
      },
      () => ({ network, secret }),
    );
  for (let number = 0; number < 40; number++) begin("eve", `invented ${number}`);
  for (let number = 0; number < 3; number++) begin("ada", String(number));
  await until(() => begun.length === 43);
  expect(begun.indexOf("ada 2")).toBeLessThan(16);
  const connection = {};
  begun.length = 0;
  for (let number = 0; number < 200; number++) begin("eve", "one", connection);
  // What it keeps waiting is bounded; the others were begun as they came.
  expect(begun.length).toBeGreaterThanOrEqual(200 - 16);
  await until(() => begun.length === 200);
});
