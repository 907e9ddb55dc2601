// Whom a webhook may call: public addresses over https, and hosts that whoever runs the service names. A name is looked up
// once a call, every address of it is judged, and one of those is connected to: no second look-up could say another.
import dns from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const MAX_URL = 2_000;
/** Of a name server, for each try. */
const LOOK_UP_MS = 2_000;
const MAX_TRIES = 2;
/** For a name to be judged when a webhook is made: one that nobody knows yet is judged at each call. */
const JUDGED_WITHIN_MS = 3_000;
const MIN_FREE_PORT = 1_024;

/** Networks of IPv4 that no stranger has: this machine, private, shared, link-local, for documents, for many at once, reserved. */
const HIDDEN_4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/** Of IPv6 only this is given to anybody … */
const GIVEN_6 = ["2000::", 3] as const;
/** … but for protocols' own, documents, and what stands for addresses of IPv4. */
const HIDDEN_6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const hidden = new BlockList();
for (const [network, bits] of HIDDEN_4) hidden.addSubnet(network, bits, "ipv4");
for (const [network, bits] of HIDDEN_6) hidden.addSubnet(network, bits, "ipv6");
const given = new BlockList();
given.addSubnet(...GIVEN_6, "ipv6");

/** Whether an address of IPv4 or IPv6 is one of the public internet. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !hidden.check(address, "ipv4");
  return given.check(address, "ipv6") && !hidden.check(address, "ipv6");
}

/** The name leads to an address that is not public. */
export class NotPublic extends Error {
  constructor() {
    super("The address is not public.");
  }
}

/** The host as a socket takes it: without the brackets of IPv6. */
const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1");

/** What is wrong with an address that is to be called, as far as it says itself; null where nothing is. */
export function urlFault(text: string, internalHosts: readonly string[]): string | null {
  if (text.length > MAX_URL) return `must have ${MAX_URL.toLocaleString("en")} characters at most`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:\/\//i.test(text)) return "must be an https URL";
  if (url.username !== "" || url.password !== "") return "must hold no user name and no password";
  const isInternal = internalHosts.includes(url.hostname);
  if (url.protocol !== "https:" && !isInternal)
    return "must be an https URL (http only to a host that the operator names in WEBHOOK_INTERNAL_HOSTS)";
  return portFault(url, isInternal) ?? (isInternal ? null : literalFault(bareHost(url)));
}

/** The port of its protocol is none in a URL. */
function portFault({ port }: URL, isInternal: boolean): string | null {
  if (port === "" || Number(port) >= MIN_FREE_PORT || (isInternal && port === "443")) return null;
  return `must name no port below ${MIN_FREE_PORT.toLocaleString("en")} other than that of its protocol`;
}

const literalFault = (host: string): string | null =>
  isIP(host) !== 0 && !isPublic(host) ? "must lead to a public address" : null;

/** The same, and what the name servers say of its name. One that they do not know, or not in time, may be known later. */
export async function judgedUrl(text: string, internalHosts: readonly string[]): Promise<string | null> {
  const fault = urlFault(text, internalHosts);
  if (fault !== null) return fault;
  const url = new URL(text);
  if (internalHosts.includes(url.hostname) || isIP(bareHost(url)) !== 0) return null;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), JUDGED_WITHIN_MS).unref();
  try {
    await publicAddresses(url.hostname, late.signal);
    return null;
  } catch (error) {
    return error instanceof NotPublic ? "must lead to a public address" : null;
  } finally {
    clearTimeout(timer);
  }
}

/** Every address of a name; throws `NotPublic` where one of them is not, and what the name servers say where there is none. */
async function publicAddresses(name: string, signal?: AbortSignal): Promise<dns.LookupAddress[]> {
  const resolver = new dns.promises.Resolver({ timeout: LOOK_UP_MS, tries: MAX_TRIES });
  resolver.setServers(dns.getServers());
  const stop = (): void => resolver.cancel();
  signal?.addEventListener("abort", stop);
  try {
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = [...addressesOf(four, 4), ...addressesOf(six, 6)];
    if (found.some(({ address }) => !isPublic(address))) throw new NotPublic();
    if (found.length === 0) throw (four as PromiseRejectedResult).reason;
    return found;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

const addressesOf = (answer: PromiseSettledResult<string[]>, family: 4 | 6): dns.LookupAddress[] =>
  answer.status === "fulfilled" ? answer.value.map((address) => ({ address, family })) : [];

/** For a socket: the addresses of a name, all of them public, or none. */
const lookUpPublic: LookupFunction = (name, options, answer) => {
  publicAddresses(name).then(
    (found) => {
      const [first] = found as [dns.LookupAddress];
      if (options.all) answer(null, found);
      else answer(null, first.address, first.family);
    },
    (error: NodeJS.ErrnoException) => answer(error, ""),
  );
};

/** How a socket finds the host of a URL; throws where the URL may not be called, by the settings as they are now. */
export function reachOf(text: string, internalHosts: readonly string[]): { lookup?: LookupFunction } {
  if (urlFault(text, internalHosts) !== null) throw new NotPublic();
  return internalHosts.includes(new URL(text).hostname) ? {} : { lookup: lookUpPublic };
}
