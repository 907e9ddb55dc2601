// What the answers of an access token hold of the memory (src/turns/held.ts).
import { RequestContext } from "../../src/context";
import type { Database } from "../../src/database/database";
import type { Caller } from "../../src/entities/caller";
import { HeldBytes, MAX_HELD_BYTES } from "../../src/turns/held";

const tokens = (function* () {
  for (let token = 1; ; token++) yield `held-${token}`;
})();
const contextOf = (tokenId: string): RequestContext => {
  const db = { of: () => db } as unknown as Database;
  return new RequestContext(db, { tokenId } as Caller, "held");
};

test("an answer that is over holds nothing, however late its rows come, and reads no more", () => {
  const tokenId = tokens.next().value;
  for (let hungUp = 0; hungUp < 10; hungUp++) {
    const ctx = contextOf(tokenId);
    ctx.tally.isOver = true;
    ctx.held.hold(MAX_HELD_BYTES);
    ctx.held.become(MAX_HELD_BYTES);
    expect(() => ctx.held.reserve()).toThrow("The request was aborted.");
  }
  const first = new HeldBytes({ tokenId });
  const second = new HeldBytes({ tokenId });
  expect([first.reserve(), second.reserve()]).toEqual([undefined, undefined]);
});

test("who finds no room waits until somebody has left; the oldest goes on all the same", async () => {
  const tokenId = tokens.next().value;
  const [oldest, other] = [new HeldBytes({ tokenId }), new HeldBytes({ tokenId })];
  oldest.hold(MAX_HELD_BYTES);
  const wait = other.reserve();
  expect(wait).toBeInstanceOf(Promise);
  expect(oldest.reserve()).toBeUndefined();
  oldest.end();
  await wait;
  other.end();
});

test("an answer that ends in line is let go with a refusal", async () => {
  const tokenId = tokens.next().value;
  const [oldest, other] = [new HeldBytes({ tokenId }), new HeldBytes({ tokenId })];
  oldest.hold(MAX_HELD_BYTES);
  const wait = other.reserve();
  other.end();
  await expect(wait).rejects.toThrow("The request was aborted.");
  oldest.end();
});
