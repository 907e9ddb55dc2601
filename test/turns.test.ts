import { setImmediate as tick } from "node:timers/promises";
import { Turns } from "../src/turns/turns";

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
