// The issuer of test/support/issuer-process.mjs, and tokens: those it gives, and those somebody makes with keys of their own.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Readable } from "node:stream";
import type { JWK, JWTHeaderParameters } from "jose" with { "resolution-mode": "import" };

const jose = () => import("jose");

export const AUDIENCE = "https://tidemark.test";

export interface Key {
  jwk: JWK;
  kid: string;
  alg: string;
}

export interface IssuerClient {
  id: string;
  claims: Record<string, unknown>;
  /** People sign in through it, and are sent back there. */
  redirectUri?: string;
}

/** A key pair, private half included. */
export async function makeKey(kid: string, alg = "ES256"): Promise<Key> {
  const { exportJWK, generateKeyPair } = await jose();
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(privateKey)), kid, alg, use: "sig" }, kid, alg };
}

export class Issuer {
  url = "";
  private child: ChildProcessByStdio<null, Readable, null> | undefined;

  constructor(public clients: IssuerClient[]) {}

  /** Starts it, again at its old address if it had one. */
  async start(...keys: Key[]): Promise<void> {
    const port = this.url ? new URL(this.url).port : "0";
    const program = path.join(__dirname, "issuer-process.mjs");
    const words = [port, JSON.stringify(keys.map(({ jwk }) => jwk)), JSON.stringify(this.clients)];
    this.child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(this.child.stdout.setEncoding("utf8"), "data")) as [string];
    this.url = line.split("\n")[0]!;
  }

  async stop(): Promise<void> {
    if (!this.child || this.child.exitCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }

  /** A token that the issuer gives to one of its clients. */
  async token(client: string, scope = ""): Promise<string> {
    const reply = await fetch(`${this.url}/token`, {
      method: "POST",
      headers: {
        Authorization: `Basic ${Buffer.from(`${encodeURIComponent(client)}:secret`).toString("base64")}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials", resource: AUDIENCE, scope }),
    });
    const { access_token: token } = (await reply.json()) as { access_token?: string };
    if (!token) throw new Error(`The issuer answered ${reply.status}.`);
    return token;
  }
}

/** A token as the issuer would sign it, with a key that need not be its own. Times are seconds from now. */
export async function forge(
  { jwk, kid, alg }: Key,
  claims: Record<string, unknown>,
  { from = 0, until = 600, ...header }: Partial<JWTHeaderParameters> & { from?: number; until?: number } = {},
): Promise<string> {
  const { SignJWT } = await jose();
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ aud: AUDIENCE, email_verified: true, ...claims, nbf: now + from, exp: now + until })
    .setProtectedHeader({ alg, kid, ...header })
    .sign(jwk);
}
