// The address that the service listens at: tried before anything is written, and had once all is ready.
import { once } from "node:events";
import { connect, Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, ConfigError } from "../config";

type Address = Pick<Config, "host" | "port">;

/** Below it, who may listen is asked of the port itself. */
const FIRST_OF_EVERYBODY = 1_024;
/** Whoever has the port and lets nobody in is found when we listen. */
const ANSWERS_WITHIN_MS = 1_000;

/**
 * Refuses, in a sentence, an address that is none of this machine's, and a port that somebody has. It does not listen at the port to
 * find out: a client that connected in that instant would be reset, and could not know whether it was heard.
 */
export async function requireFreePort({ host, port }: Address): Promise<void> {
  if (port === 0) return;
  const probe = new Server();
  await listen(probe, { host, port: port < FIRST_OF_EVERYBODY ? port : 0 });
  probe.close();
  await once(probe, "close");
  if (await isHad({ host, port })) throw new ConfigError(isTaken(host, port));
}

/** Listens there; refuses, in a sentence, where it cannot. */
export async function listen(server: Server, { host, port }: Address): Promise<void> {
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (error) {
    const why = WHY_NOT_HERE[(error as NodeJS.ErrnoException).code ?? ""];
    throw why ? new ConfigError(why(host, port), { cause: error }) : error;
  }
}

/** All addresses of this machine are asked at the one that every machine has. */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

async function isHad({ host, port }: Address): Promise<boolean> {
  const socket = connect({ host: LOOPBACK[host] ?? host, port });
  const over = new AbortController();
  try {
    return await Promise.race([
      once(socket, "connect").then(() => !isItself(socket)),
      sleep(ANSWERS_WITHIN_MS, false, { signal: over.signal }),
    ]);
  } catch {
    return false;
  } finally {
    over.abort();
    socket.on("error", () => undefined).destroy();
  }
}

/** A port that nobody has may be given to the very connection that asks for it, which then has itself at its other end. */
const isItself = ({ localPort, remotePort, localAddress, remoteAddress }: Socket): boolean =>
  localPort === remotePort && localAddress === remoteAddress;

const isTaken = (host: string, port: number): string =>
  `Port ${port} of ${host} is taken: end what has it, or name another with PORT.`;

const noAddressHere = (host: string): string =>
  `HOST is ${host}, which is no address of this machine: name one that is, or 0.0.0.0 for all of them.`;

const WHY_NOT_HERE: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: isTaken,
  EACCES: (_host, port) => `PORT is ${port}, which this user may not listen at: name one from 1024 on.`,
  EADDRNOTAVAIL: noAddressHere,
  ENOTFOUND: noAddressHere,
  EAI_AGAIN: noAddressHere,
};
