// When an answer is over: it has left, or its client has gone. Whoever does something until then asks here, as an answer
// alone does not tell: one that waits behind another of its connection says nothing when that breaks, and one that has been
// over for a while says nothing any more.
import type { ServerResponse } from "node:http";

/** Whether nobody waits for the answer any more. */
export const isOver = (answer: ServerResponse): boolean => answer.closed || answer.req.socket.destroyed;

/** Calls back once the answer is over, at once where it is; answers how not to be called. */
export function whenOver(answer: ServerResponse, then: () => void): () => void {
  const { socket } = answer.req;
  const stop = (): void => {
    answer.off("close", over);
    socket.off("close", over);
  };
  const over = (): void => {
    stop();
    then();
  };
  if (isOver(answer)) then();
  else {
    answer.once("close", over);
    // Without a socket of its own it waits behind another answer.
    if (answer.socket === null) socket.once("close", over);
  }
  return stop;
}
