// The network at its worst: a TCP proxy that cuts connections at a chosen moment. To the client all cuts look alike; to
// the server one request never came, and the others were answered.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Fate } from "./plan";

export type Cut = Exclude<Fate, "arrives">;
export const CUTS: readonly Cut[] = ["requestLost", "answerLost", "answerTorn"];

export interface Proxy {
  /** Where a connection that is going to be cut this way begins. */
  url(cut: Cut): string;
  /** How many connections were cut. */
  cuts: Record<Cut, number>;
  close(): void;
}

/** `upstream` answers where the service listens at the moment; null while it does not. */
export async function startProxy(upstream: () => string | null): Promise<Proxy> {
  const cuts: Record<Cut, number> = { requestLost: 0, answerLost: 0, answerTorn: 0 };
  const servers = new Map<Cut, Server>();
  for (const cut of CUTS) {
    const server = createServer((client) => join(client, upstream(), cut, () => cuts[cut]++));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.set(cut, server);
  }
  return {
    url: (cut) => `http://127.0.0.1:${(servers.get(cut)?.address() as AddressInfo).port}`,
    cuts,
    close: () => servers.forEach((server) => server.close()),
  };
}

function join(client: Socket, url: string | null, cut: Cut, counted: () => void): void {
  client.on("error", () => undefined);
  if (url === null) {
    client.destroy();
    return;
  }
  const { hostname, port } = new URL(url);
  const server = connect(Number(port || 80), hostname);
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  server.on("error", end).on("close", end);
  client.on("close", () => server.destroy());
  if (cut === "requestLost") {
    // Half a request is none: the server waits for the rest until the connection ends.
    client.once("data", (piece: Buffer) => {
      counted();
      server.write(piece.subarray(0, piece.length >> 1));
      setTimeout(end, 5);
    });
    return;
  }
  client.on("data", (piece: Buffer) => server.write(piece));
  server.once("data", (piece: Buffer) => {
    counted();
    if (cut === "answerTorn") client.write(piece.subarray(0, piece.length - 1), end);
    else end();
  });
}
