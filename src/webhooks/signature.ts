// Signatures by Standard Webhooks 1.0: what the receiver checks with the secret that it was shown once.
import { createHmac, randomBytes } from "node:crypto";

const SECRET_BYTES = 32;

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** As it is shown, and as libraries take it. */
export const shownSecret = (secret: Buffer): string => `whsec_${secret.toString("base64")}`;

/** Those that sign, as the database gives them in hexadecimal digits: the secret, and the old one while both count. */
export const signingSecrets = ({
  secret,
  oldSecret,
}: {
  secret: string;
  oldSecret: string | null;
}): Buffer[] => [secret, oldSecret ?? []].flat().map((hex) => Buffer.from(hex, "hex"));

export interface Signed {
  id: string;
  /** Seconds since 1970. */
  timestamp: number;
  body: string;
}

/** The header `webhook-signature`: a signature by each secret that counts. */
export const signatureOf = ({ id, timestamp, body }: Signed, secrets: readonly Buffer[]): string =>
  secrets
    .map((secret) => createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64"))
    .map((signature) => `v1,${signature}`)
    .join(" ");
