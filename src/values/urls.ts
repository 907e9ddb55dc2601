// Addresses of the web that the service reads from, or calls.
import { isIPv6 } from "node:net";

/** What is wrong with the address of a page that people are to open; null when nothing is. */
export const webUrlFault = (given: string): string | null =>
  /^https?:\/\/[^\s\p{Cc}]+$/iu.test(given) && URL.canParse(given)
    ? null
    : "must be a URL that begins with http:// or https://";

/** The address of an issuer that can be believed. */
export const isIssuer = (given: string): boolean => URL.canParse(given) && isPrivate(new URL(given));

/** Whether what is read from there can be believed: over TLS, or on this machine. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  return protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** A host, without a port, as the parser of URLs writes it; null where it is none. */
export function hostOf(given: string): string | null {
  const bare = isIPv6(given) ? `[${given}]` : given;
  if (!/^[^\s/?#@\\]+$/.test(bare) || !URL.canParse(`http://${bare}/`)) return null;
  const { hostname, port } = new URL(`http://${bare}/`);
  return port === "" && !/:\d*$/.test(bare.replace(/^\[.*\]/, "")) ? hostname : null;
}

/** The origin of a page, as a browser names it; null where it is none, or what it sends could be read under way. */
export function originOf(given: string): string | null {
  if (!/^https?:\/\/[^\s/?#@\\]+\/?$/i.test(given) || !URL.canParse(given)) return null;
  const url = new URL(given);
  // Parsers let through what would end a header's list, or stand for other hosts.
  const isHost = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/.test(url.hostname);
  return isHost && isPrivate(url) ? url.origin : null;
}
