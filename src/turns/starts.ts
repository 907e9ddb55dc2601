// How requests begin. Hundreds that come at once, of one client, would all be begun before anybody else's is looked at: they
// begin in turns, network after network and within it client after client, as many at a time as take a few milliseconds, and
// between that whatever has come in is looked at.

/** Of beginning requests, before the event loop looks for what has come in. */
const TURN_MS = 3;
/** Of one connection, that wait. Further ones begin at once: Node.js reads no more of who has answers waiting for them. */
const MAX_WAITING = 16;

/** On whose account a request is, as far as its head tells. */
export interface Client {
  network: string;
  secret: string;
}

interface Waiter {
  connection: object;
  start: () => void;
}

export class Starts {
  /** Those that wait by network and by secret, each time whose turn is next first. */
  private readonly networks = new Map<string, Map<string, Waiter[]>>();
  private readonly waiting = new WeakMap<object, number>();
  private spentMs = 0;
  private isDue = false;

  /** Begins now, where there is time, or else in the client's turn. Who that is, is asked for those alone that wait. */
  begin(connection: object, start: () => void, clientOf: () => Client): void {
    if (this.networks.size === 0 && this.spentMs < TURN_MS) this.take(start);
    else this.wait({ connection, start }, clientOf);
    this.makeDue();
  }

  private wait(waiter: Waiter, clientOf: () => Client): void {
    const { connection, start } = waiter;
    const before = this.waiting.get(connection) ?? 0;
    if (before >= MAX_WAITING) {
      this.take(start);
      return;
    }
    this.waiting.set(connection, before + 1);
    const { network, secret } = clientOf();
    const clients = this.networks.get(network) ?? new Map<string, Waiter[]>();
    this.networks.set(network, clients);
    const line = clients.get(secret);
    if (line) line.push(waiter);
    else clients.set(secret, [waiter]);
  }

  private take(start: () => void): void {
    const from = performance.now();
    start();
    this.spentMs += performance.now() - from;
  }

  private makeDue(): void {
    if (this.isDue) return;
    this.isDue = true;
    setImmediate(() => this.next());
  }

  private next(): void {
    this.isDue = false;
    this.spentMs = 0;
    for (const [network, clients] of this.networks) {
      const [first] = clients;
      const waiter = first?.[1].shift();
      if (first) toTheEnd(clients, ...first, first[1].length > 0);
      toTheEnd(this.networks, network, clients, clients.size > 0);
      if (waiter) this.letGo(waiter);
      if (this.spentMs >= TURN_MS) break;
    }
    if (this.networks.size > 0) this.makeDue();
  }

  private letGo({ connection, start }: Waiter): void {
    this.waiting.set(connection, (this.waiting.get(connection) ?? 1) - 1);
    this.take(start);
  }
}

/** To the end of the ring, or out of it. */
function toTheEnd<Value>(ring: Map<string, Value>, key: string, value: Value, stays: boolean): void {
  ring.delete(key);
  if (stays) ring.set(key, value);
}
