// Addresses of the web that the service reads from.

/** The address of an issuer that can be believed. */
export const isIssuer = (given: string): boolean => URL.canParse(given) && isPrivate(new URL(given));

/** Whether what is read from there can be believed: over TLS, or on this machine. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  return protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
