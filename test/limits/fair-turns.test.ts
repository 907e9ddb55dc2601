// Who has how much at a time, whoever asks for how much: laws of the lines before the doors and the database.
import fc from "fast-check";
import { setImmediate as tick, setTimeout as sleep } from "node:timers/promises";
import { counts } from "../../src/telemetry/counts";
import { FairTurns, type Asker, type LateWait, type Shares, type Wait } from "../../src/turns/fair-turns";

const tooLong = (): Error => new Error("too long");
const turns = (shares: Partial<Shares> = {}): FairTurns =>
  new FairTurns({ line: "requests", organisation: 2, token: 1, waiting: 1_000, tooLong, ...shares });
const asker = (organisationId: string, tokenId: string): Asker => ({ organisationId, tokenId });

type Step = { do: "ask"; of: number } | { do: "give" | "leave"; which: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("ask" as const), of: fc.nat(8) }),
    fc.record({ do: fc.constantFrom("give" as const, "leave" as const), which: fc.nat(1_000) }),
  ),
  { maxLength: 80 },
);
const shares = fc.record({
  all: fc.integer({ min: 1, max: 6 }),
  organisation: fc.integer({ min: 1, max: 4 }),
  token: fc.integer({ min: 1, max: 3 }),
});
/** Nine tokens of three organisations. */
const askers = Array.from({ length: 9 }, (_, n) => asker(`o${n % 3}`, `t${n}`));

/** What a client sees: who works, who waits. */
class Ring {
  readonly atWork: Asker[] = [];
  readonly inLine: { asker: Asker; wait: Wait }[] = [];

  constructor(
    readonly turns: FairTurns,
    readonly most: { all: number; organisation: number; token: number },
  ) {}

  async step(step: Step): Promise<void> {
    if (step.do === "ask") this.ask(askers[step.of]!);
    else if (step.do === "give") this.give(step.which);
    else if (this.inLine.length > 0) {
      const [left] = this.inLine.splice(step.which % this.inLine.length, 1);
      left?.wait.leave(new Error("left"));
      await expect(left?.wait.turn).rejects.toThrow("left");
    }
    await tick();
    this.expectShares();
  }

  private ask(who: Asker): void {
    const wait = this.turns.take(who);
    if (!wait) return void this.atWork.push(who);
    const one = { asker: who, wait };
    this.inLine.push(one);
    wait.turn.then(
      () => {
        this.inLine.splice(this.inLine.indexOf(one), 1);
        this.atWork.push(who);
      },
      () => undefined,
    );
  }

  give(which: number): void {
    if (this.atWork.length === 0) return;
    const [who] = this.atWork.splice(which % this.atWork.length, 1) as [Asker];
    this.turns.give(who);
  }

  private workingOf(same: (one: Asker) => boolean): number {
    return this.atWork.filter(same).length;
  }

  private fits(one: Asker): boolean {
    const { all, organisation, token } = this.most;
    return (
      this.atWork.length < all &&
      this.workingOf(({ organisationId }) => organisationId === one.organisationId) < organisation &&
      this.workingOf(({ tokenId }) => tokenId === one.tokenId) < token
    );
  }

  private expectShares(): void {
    const { all, organisation, token } = this.most;
    const beyond = askers.filter(
      (one) =>
        this.workingOf(({ organisationId }) => organisationId === one.organisationId) > organisation ||
        this.workingOf(({ tokenId }) => tokenId === one.tokenId) > token,
    );
    // Nobody waits for what is free.
    const forNothing = this.inLine.filter(({ asker: who }) => this.fits(who));
    expect([beyond, forNothing, this.atWork.length <= all]).toEqual([[], [], true]);
  }
}

test("whatever is asked, given back and left: nobody has more than their share, nobody waits for what is free, everybody who stays is served", async () => {
  await fc.assert(
    fc.asyncProperty(shares, steps, async (most, all) => {
      const ring = new Ring(turns(most), most);
      for (const step of all) await ring.step(step);
      for (let rounds = 0; ring.atWork.length > 0; rounds++) {
        await ring.step({ do: "give", which: rounds });
        expect(rounds).toBeLessThan(200);
      }
      expect(ring.inLine).toEqual([]);
      // Nothing is left of them: all places are free again.
      const { organisation, token } = most;
      const own = Math.min(most.all, organisation, token);
      for (let n = 0; n < own; n++) expect(ring.turns.take(askers[0]!)).toBeUndefined();
      expect(ring.turns.take(askers[0]!)).toBeDefined();
    }),
    { numRuns: 200 },
  );
});

test("a place that becomes free goes round: from organisation to organisation, and within one from token to token", async () => {
  const line = turns({ all: 1 });
  line.take(asker("a", "1"));
  const order: string[] = [];
  const ask = (organisationId: string, tokenId: string): void => {
    void line.during(asker(organisationId, tokenId), () => {
      order.push(organisationId + tokenId);
      return tick();
    });
  };
  for (let n = 0; n < 4; n++) ask("a", "1");
  ask("a", "2");
  ask("b", "1");
  ask("b", "1");
  ask("c", "1");
  line.give(asker("a", "1"));
  while (order.length < 8) await tick();
  expect(order).toEqual(["a1", "b1", "c1", "a2", "b1", "a1", "a1", "a1"]);
});

test("a line that is too long takes nobody else, of that token alone", () => {
  const line = turns({ waiting: 2 });
  const ask = (tokenId: string): unknown => line.take(asker("a", tokenId));
  expect(ask("1")).toBeUndefined();
  expect([ask("1"), ask("1")].map(Boolean)).toEqual([true, true]);
  expect(() => ask("1")).toThrow("too long");
  expect(ask("2")).toBeUndefined();
});

test("who has waited for too long is told whether the line moved, and is no longer in it", async () => {
  const tooLate = ({ moved }: LateWait): Error => new Error(moved ? "it moved" : "it stands");
  const line = turns({ patienceMs: 1_000, tooLate });
  const one = asker("a", "1");
  line.take(one);
  const before = counts.waiting.requests;
  await expect(line.take(one)?.turn).rejects.toThrow("it stands");
  const [next, last] = [line.take(one), line.take(one)];
  expect(counts.waiting.requests).toBe(before + 2);
  await sleep(600);
  line.give(one);
  await next?.turn;
  await expect(last?.turn).rejects.toThrow("it moved");
  expect(counts.waiting.requests).toBe(before);
  line.give(one, false);
  await sleep(1);
  expect(line.take(one)).toBeUndefined();
});

test("a line that moved at the very beginning of a wait, and then stopped, stands", async () => {
  const tooLate = ({ moved }: LateWait): Error => new Error(moved ? "it moved" : "it stands");
  const line = turns({ patienceMs: 500, tooLate });
  const one = asker("a", "1");
  line.take(one);
  const [next, last] = [line.take(one), line.take(one)];
  line.give(one);
  await next?.turn;
  await expect(last?.turn).rejects.toThrow("it stands");
});

test("who has waited for too long is told whether it stood behind its own", async () => {
  const tooLate = ({ behindOwn }: LateWait): Error => new Error(behindOwn ? "its own" : "others");
  const line = turns({ organisation: 1, patienceMs: 30, tooLate });
  const [busy, colleague] = [asker("a", "1"), asker("a", "2")];
  line.take(busy);
  const waits = [busy, colleague, colleague].map(async (one) => line.take(one)?.turn);
  const ends = await Promise.allSettled(waits);
  expect(ends.map((end) => (end as PromiseRejectedResult).reason.message)).toEqual([
    "its own",
    "others",
    "its own",
  ]);
});
