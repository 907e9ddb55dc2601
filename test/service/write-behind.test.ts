// What is gathered and written later, as the uses of tokens and the polls of clients are.
import { setTimeout as sleep } from "node:timers/promises";
import { Trouble } from "../../src/telemetry/trouble";
import { WriteBehind } from "../../src/telemetry/write-behind";
import { until } from "../support/wait";

/** Numbers that are gathered, and written in batches; `fails` says which writings fail. */
class Numbers {
  readonly written: number[][] = [];
  readonly warnings: string[] = [];
  writings = 0;
  atOnce = 0;
  /** No writing ends before it does. */
  gate: Promise<unknown> = Promise.resolve();
  private gathered: number[] = [];
  readonly later: WriteBehind;

  constructor(private readonly fails: (writing: number) => boolean) {
    const log = { warn: (_: object, message: string) => void this.warnings.push(message) };
    const trouble = new Trouble(log as never, "it does not work");
    this.later = new WriteBehind(() => this.write(), trouble, 5);
  }

  gather(number: number): void {
    this.gathered.push(number);
    this.later.due();
  }

  private async write(): Promise<void> {
    const batch = this.gathered;
    if (batch.length === 0) return;
    this.gathered = [];
    this.atOnce++;
    expect(this.atOnce).toBe(1);
    await this.gate;
    this.atOnce--;
    if (this.fails(++this.writings)) {
      this.gathered = [...batch, ...this.gathered];
      throw new Error("no");
    }
    this.written.push(batch);
  }
}

function gate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

test("what comes while it is written waits for the next writing", async () => {
  const numbers = new Numbers(() => false);
  const { promise, open } = gate();
  numbers.gate = promise;
  numbers.gather(1);
  numbers.gather(2);
  await until(() => numbers.atOnce === 1);
  numbers.gather(3);
  open();
  await until(() => numbers.written.length === 2);
  expect(numbers.written).toEqual([[1, 2], [3]]);
});

test("what fails is written again, and told once until it has gone well in between", async () => {
  const numbers = new Numbers((writing) => writing !== 4 && writing < 7);
  numbers.gather(1);
  await until(() => numbers.written.length === 1);
  expect(numbers.warnings).toEqual(["it does not work"]);
  numbers.gather(2);
  await until(() => numbers.written.length === 2);
  expect(numbers.written).toEqual([[1], [2]]);
  expect(numbers.warnings).toHaveLength(2);
});

test("closing waits for the writing under way and writes the rest, of which nothing is tried again", async () => {
  const numbers = new Numbers(() => false);
  const { promise, open } = gate();
  numbers.gate = promise;
  numbers.gather(1);
  await until(() => numbers.atOnce === 1);
  numbers.gather(2);
  const closed = numbers.later.close();
  open();
  await closed;
  expect(numbers.written).toEqual([[1], [2]]);
  expect(numbers.later.isClosed).toBe(true);

  const failing = new Numbers(() => true);
  failing.gather(1);
  await failing.later.close();
  await sleep(30);
  expect([failing.writings, failing.warnings]).toEqual([1, []]);
});
