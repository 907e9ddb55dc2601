// Stands between a service and PostgreSQL and understands as much of their protocol as it takes to count: it calls back
// just before a chosen step of the next transaction goes on its way. A step is what a service sends at once (a statement)
// or what it is answered; whoever kills the service in the callback kills it exactly there.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";

/** Before statement number `at` reaches the server, or before the answer to it reaches the service; from 1 (which begins it) on. */
export interface Step {
  at: number;
  side: "statement" | "answer";
}

interface Watch extends Step {
  reached: () => void;
  /** The connection of the transaction, once it has begun. */
  on?: Socket;
  seen: number;
}

/** A connection to the PostgreSQL of a URL, over its socket where it names one. */
export function connectTo(target: URL): Socket {
  const host = target.searchParams.get("host") ?? target.hostname;
  const port = Number(target.port || 5432);
  return host.startsWith("/") ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host);
}

/** Two ends that are kept in `sockets` as long as both are there: one does not outlive the other. */
export function tie(near: Socket, far: Socket, sockets: Set<Socket>): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    sockets.add(one);
    one.on("error", () => other.destroy()).on("close", () => (sockets.delete(one), other.destroy()));
  }
}

export class StepProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private watch: Watch | undefined;

  constructor(private readonly target: URL) {
    this.server = createServer((near) => this.join(near));
  }

  /** The database's URL through this proxy. */
  async open(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const url = new URL(this.target);
    url.searchParams.delete("host");
    url.hostname = "127.0.0.1";
    url.port = String((this.server.address() as AddressInfo).port);
    return url.toString();
  }

  /** Calls back once, when the next transaction to begin comes to this step, which then goes nowhere. */
  stopAt(step: Step, reached: () => void): void {
    this.watch = { ...step, reached, seen: 0 };
  }

  /** Lets everything through again; answers whether the step had been reached. */
  pass(): boolean {
    const reached = this.watch === undefined;
    this.watch = undefined;
    return reached;
  }

  async close(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, "close");
  }

  private join(near: Socket): void {
    const far = connectTo(this.target);
    const asked = new Messages(true);
    const answered = new Messages(false);
    near.on("data", (piece: Buffer) => {
      for (const { type, text } of asked.read(piece)) {
        // A statement that is parsed without a name has an empty one before its text.
        if (this.watch && !this.watch.on && /^\0?(begin|start transaction)/i.test(text)) this.watch.on = near;
        if ("QS".includes(type) && this.isReached(near, "statement")) return;
      }
      far.write(piece);
    });
    far.on("data", (piece: Buffer) => {
      for (const { type } of answered.read(piece)) {
        if (type === "Z" && this.isReached(near, "answer")) return;
      }
      near.write(piece);
    });
    tie(near, far, this.sockets);
  }

  private isReached(near: Socket, side: Step["side"]): boolean {
    const { watch } = this;
    if (watch?.on !== near || watch.side !== side || ++watch.seen < watch.at) return false;
    this.watch = undefined;
    watch.reached();
    return true;
  }
}

/** The messages of one direction of a connection, as far as they have arrived. */
class Messages {
  private rest = Buffer.alloc(0);

  /** `startsPlain`: what a client says first has no type. */
  constructor(private startsPlain: boolean) {}

  read(piece: Buffer): { type: string; text: string }[] {
    this.rest = Buffer.concat([this.rest, piece]);
    const messages: { type: string; text: string }[] = [];
    for (;;) {
      const head = this.startsPlain ? 0 : 1;
      if (this.rest.length < head + 4) return messages;
      const end = head + this.rest.readUInt32BE(head);
      if (this.rest.length < end) return messages;
      const type = this.startsPlain ? "" : String.fromCharCode(this.rest[0] as number);
      messages.push({ type, text: this.rest.toString("latin1", head + 4, Math.min(end, head + 40)) });
      this.startsPlain = false;
      this.rest = this.rest.subarray(end);
    }
  }
}
