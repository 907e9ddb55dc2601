// Signing in at an issuer in a browser: the authorisation code flow of OpenID Connect with PKCE (RFC 7636). The issuer sends
// the browser back with a code, and the service exchanges it for the token with which the page goes on; what it must know
// until then the browser keeps.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Config } from "../config";
import { isObject } from "../values/rules";
import { addressIn, discover, ISSUER_PATIENCE_MS, Oidc, type Told } from "./oidc";

/** What the browser keeps while its user is at the issuer. */
export interface Begun {
  state: string;
  /** Proves that whoever brings the code asked for it. */
  verifier: string;
  /** Where the issuer sends the browser back to. */
  callback: string;
  /** The page of ours that its user was at. */
  page: string;
}

const SCOPE = "openid email";
/** What an issuer tells of itself is asked for so often at most, for all who sign in. */
const TOLD_KEPT_MS = 600_000;

const random = (): string => randomBytes(32).toString("base64url");

/** The issuer, or its answer, is not as it must be: nobody was signed in. */
export class NotSignedIn extends Error {}

export class CodeFlow {
  private readonly oidc: Oidc;
  private told: { at: number; what: Promise<Told> } | undefined;

  constructor(
    private readonly settings: NonNullable<Config["oidc"]>,
    private readonly client: NonNullable<NonNullable<Config["oidc"]>["client"]>,
  ) {
    this.oidc = new Oidc(settings);
  }

  /** The name under which a page offers it. */
  get issuer(): string {
    return new URL(this.settings.issuer).host;
  }

  /** For whom the access token is to be (RFC 8707). An audience that is no address is a name of the issuer's own. */
  private get resource(): { resource?: string } {
    const { audience } = this.settings;
    return audience.startsWith("https://") ? { resource: audience } : {};
  }

  /** Where the browser goes, and what it keeps meanwhile. */
  async begin(callback: string, page: string): Promise<{ address: string; begun: Begun }> {
    const begun = { state: random(), verifier: random(), callback, page };
    const address = addressIn(await this.whatIsTold(), "authorization_endpoint");
    const asked = {
      response_type: "code",
      client_id: this.client.id,
      redirect_uri: callback,
      scope: SCOPE,
      state: begun.state,
      code_challenge: createHash("sha256").update(begun.verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...this.resource,
    };
    for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
    return { address: address.href, begun };
  }

  /**
   * The token with which the page goes on: the access token, or the ID token where that is the one which is meant for us.
   * Throws where the code is not good. One request to the issuer.
   */
  async finish(begun: Begun, code: string | null): Promise<string> {
    if (code === null) throw new NotSignedIn("The issuer gives no code.");
    const given = await this.exchange(begun, code);
    let reason: unknown = new NotSignedIn("The issuer gives no token that is a JWT.");
    for (const token of [given.access_token, given.id_token]) {
      if (typeof token !== "string" || !Oidc.isJwt(token)) continue;
      try {
        await this.oidc.verify(token);
        return token;
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  private async exchange(begun: Begun, code: string): Promise<Record<string, unknown>> {
    const told = await this.whatIsTold();
    const { headers, fields } = this.authentication(told);
    const answer = await fetch(addressIn(told, "token_endpoint"), {
      method: "POST",
      headers,
      body: new URLSearchParams({
        ...{ grant_type: "authorization_code", code, redirect_uri: begun.callback },
        ...{ client_id: this.client.id, code_verifier: begun.verifier },
        ...fields,
        ...this.resource,
      }),
      signal: AbortSignal.timeout(ISSUER_PATIENCE_MS),
      redirect: "error",
    });
    const given: unknown = await answer.json().catch(() => null);
    if (!answer.ok || !isObject(given))
      throw new NotSignedIn(`The issuer answers ${answer.status} to the code.`);
    return given;
  }

  private async whatIsTold(): Promise<Told> {
    const now = performance.now();
    if (!this.told || now - this.told.at > TOLD_KEPT_MS)
      this.told = { at: now, what: discover(this.settings.issuer) };
    const { what } = this.told;
    try {
      return await what;
    } catch (error) {
      if (this.told.what === what) this.told = undefined;
      throw error;
    }
  }

  /** How the client says who it is. By the standard's default that is Basic; some issuers take it in the body alone. */
  private authentication(told: Told): { headers: Record<string, string>; fields: Record<string, string> } {
    const { id, secret } = this.client;
    if (secret === null) return { headers: {}, fields: {} };
    const methods = told.token_endpoint_auth_methods_supported;
    if (Array.isArray(methods) && !methods.includes("client_secret_basic"))
      return { headers: {}, fields: { client_secret: secret } };
    const pair = [id, secret].map((one) => encodeURIComponent(one)).join(":");
    return { headers: { Authorization: `Basic ${Buffer.from(pair).toString("base64")}` }, fields: {} };
  }
}

/** Whether an answer of the issuer's is to what this browser has asked. */
export function isAnswerTo({ state }: Begun, given: string): boolean {
  const [asked, told] = [Buffer.from(state), Buffer.from(given)];
  return told.length === asked.length && timingSafeEqual(told, asked);
}
