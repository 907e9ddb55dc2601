// Where a request comes from, as far as it can be believed.
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

/** Of an IPv6 address with an IPv4 one in it; what is longer is none. */
const MAX_LENGTH = 45;

/**
 * The address of the client behind `proxies` proxies of our own, each of which has put the address it was called from at
 * the end of X-Forwarded-For; what stands further left anybody may have written.
 */
export function networkAddressOf({ socket, headers }: IncomingMessage, proxies: number): string {
  const direct = socket.remoteAddress ?? "";
  if (proxies === 0) return direct;
  const told = String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  return told.at(-Math.min(proxies, told.length))?.slice(0, MAX_LENGTH) ?? direct;
}

/** One subscriber of a network has a /64 of IPv6 and could call from another address each time. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  const [front = "", back] = address.toLowerCase().split("%")[0]?.split("::") ?? [];
  const groups = front.split(":").filter((group) => group !== "");
  const after = (back ?? "").split(":").filter((group) => group !== "");
  while (back !== undefined && groups.length + after.length < 8) groups.push("0");
  return [...groups, ...after]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
