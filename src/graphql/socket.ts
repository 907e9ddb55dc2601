// One WebSocket: what leaves it, how long that may take, and how it ends.
import type { IncomingMessage } from "node:http";
import type { WebSocket as GraphQLSocket } from "graphql-ws";
import type { RawData, WebSocket } from "ws";
import { toProblem } from "../failures";
import type { Log } from "../telemetry/log";
import { requireBoundedText } from "../values/json-bounds";
import { finishMessage } from "./printed";
import { SLOW_MS } from "./sse";

/** The codes a socket is closed with, beyond those of graphql-ws' own. */
export const Close = {
  goingAway: 1001,
  tryAgainLater: 1013,
  badRequest: 4400,
  internal: 4500,
  unauthorized: 4401,
  deadToken: 4403,
  /** Also graphql-ws' code for a client that is too late to greet; clients come back after it. */
  tooSlow: 4408,
} as const;

const PINGS_OF_SLOW = 4;
/** How long a peer may take to answer a close before its connection is dropped. */
const CLOSING_MS = 2_000;
/** With so much unsent nothing more is read: a client that asks and does not read waits. */
const MAX_UNSENT_BYTES = 1 << 20;

export class Socket {
  /** The Authorization header of its operations, once it was good. */
  authorization: string | undefined;
  readonly closed: Promise<[code: number, reason: string]>;
  private unanswered = 0;

  constructor(
    private readonly socket: WebSocket,
    readonly request: IncomingMessage,
    private readonly slowMs = SLOW_MS,
  ) {
    socket.on("pong", () => (this.unanswered = 0));
    socket.on("ping", () => this.restrain());
    socket.on("error", () => undefined); // "close" follows, and tells the peer what was wrong.
    this.closed = new Promise((resolve) =>
      socket.once("close", (code, reason) => resolve([code, reason.toString("utf8")])),
    );
  }

  /** The socket as graphql-ws uses one. */
  asGraphQL(log: Log): GraphQLSocket {
    return {
      protocol: this.socket.protocol,
      send: (text) => this.send(finishMessage(text)),
      close: (code = Close.goingAway, reason = "") => this.close(code, reason),
      onMessage: (receive) => {
        this.socket.on("message", (message: RawData) => {
          this.restrain();
          // One buffer: other kinds of messages are not switched on.
          const text = message as Buffer;
          try {
            requireBoundedText(text, "A message");
          } catch (error) {
            this.close(Close.badRequest, toProblem(error).message);
            return;
          }
          receive(text.toString("utf8")).catch((error: unknown) => {
            log.error({ err: error }, "a message on a socket failed");
            this.close(Close.internal, "internal");
          });
        });
      },
    };
  }

  /** Closes it; where the peer does not answer, or cannot be told, the connection is dropped. */
  close(code: number, reason: string): void {
    this.socket.resume();
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSING_MS).unref();
  }

  /** Now and then: a peer that did not answer the last ping is gone; it has longer where it has yet to read that far. */
  keepAlive(): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const patience = this.socket.bufferedAmount === 0 ? 1 : PINGS_OF_SLOW;
    if (this.unanswered >= patience) {
      this.socket.terminate();
      return;
    }
    this.unanswered++;
    this.socket.ping();
  }

  /** Resolves when the text has left, or never will: a client that does not read is cut off. */
  private send(text: string): Promise<void> {
    if (this.socket.readyState !== this.socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => {
      const tooSlow = (): void => this.close(Close.tooSlow, "too slow: resume from your last watermark");
      const timer = setTimeout(tooSlow, this.slowMs);
      this.socket.send(text, () => {
        clearTimeout(timer);
        if (this.socket.bufferedAmount < MAX_UNSENT_BYTES) this.socket.resume();
        resolve();
      });
    });
  }

  private restrain(): void {
    if (this.socket.bufferedAmount >= MAX_UNSENT_BYTES) this.socket.pause();
  }
}
