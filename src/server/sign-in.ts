// Signing in at the issuer, for the pages: where a page learns that it can be done, where the browser leaves for the issuer,
// and where it comes back. The token travels behind the # of an address of ours, which no server is sent.
import { type Request, type Response, Router } from "express";
import { type Begun, CodeFlow, isAnswerTo } from "../access/code-flow";
import type { Gate } from "../access/gate";
import type { Config } from "../config";
import { badRequest } from "../errors";
import type { Log } from "../telemetry/log";
import { isObject } from "../values/rules";
import { isPage } from "./web-pages";

const KEPT_S = 600;
const CALLBACK = "/sign-in/callback";

/** The addresses below /sign-in. Without OIDC_CLIENT_ID a page is told that there is no such offer. */
export function signIn({ oidc }: Config, gate: Gate, log: Log): Router {
  const router = Router();
  const flow = oidc?.client ? new CodeFlow(oidc, oidc.client) : null;
  router.get("/offer", (_req, res) => void res.json({ issuer: flow?.issuer ?? null }));
  if (!flow) return router;
  router.get("/", async (req, res) => {
    const { origin, page } = requestOf(req);
    try {
      gate.passStranger(req);
      const { address, begun } = await flow.begin(`${origin}${CALLBACK}`, page);
      keep(res, begun);
      res.redirect(address);
    } catch (error) {
      log.warn({ err: error }, "sign-in: the issuer does not say where to sign in");
      res.redirect(`${page}#sign-in=failed`);
    }
  });
  router.get("/callback", async (req, res) => {
    const said = new URLSearchParams(req.url.split("?")[1]);
    const begun = kept(req, said.get("state") ?? "");
    if (!begun) return res.redirect("/#sign-in=late");
    forget(res, begun);
    if (said.has("error")) return res.redirect(`${begun.page}#sign-in=declined`);
    try {
      gate.passStranger(req);
      return res.redirect(`${begun.page}#token=${await flow.finish(begun, said.get("code"))}`);
    } catch (error) {
      log.warn({ err: error }, "sign-in: the issuer's answer lets nobody in");
      return res.redirect(`${begun.page}#sign-in=failed`);
    }
  });
  return router;
}

/** From which of our own addresses somebody leaves. A proxy has TLS, so the page says which scheme it has. */
function requestOf(req: Request): { origin: string; page: string } {
  const said = new URLSearchParams(req.url.split("?")[1]);
  const origin = said.get("origin") ?? "";
  const own = ["http", "https"].map((scheme) => `${scheme}://${req.headers.host}`);
  if (!own.includes(origin))
    throw badRequest({
      field: "origin",
      message: "origin must be that of this page, such as https://crm.example.",
    });
  return { origin, page: pageOf(said.get("page")) };
}

/** A page of ours: anywhere else a script of others might read the token. */
function pageOf(given: string | null): string {
  const [here, home] = ["http://here", "/"];
  if (given === null || !URL.canParse(given, here)) return home;
  const { origin, pathname, search } = new URL(given, here);
  return origin === here && isPage(pathname) ? `${pathname}${search}` : home;
}

/** Of each attempt its own, so that two tabs can sign in at once. */
const nameOf = (state: string): string => `tidemark_sign_in_${state.slice(0, 12)}`;

/** Strict would not come along from the issuer's page; the state is what says that it is the same browser. */
function setCookie(res: Response, { state, callback }: Begun, value: string, seconds: number): void {
  const secure = callback.startsWith("https:") ? "; Secure" : "";
  const rules = `Path=/sign-in; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  res.setHeader("Set-Cookie", `${nameOf(state)}=${value}; ${rules}`);
}

const keep = (res: Response, begun: Begun): void =>
  setCookie(res, begun, Buffer.from(JSON.stringify(begun)).toString("base64url"), KEPT_S);

const forget = (res: Response, begun: Begun): void => setCookie(res, begun, "", 0);

/** What this browser keeps of the attempt that `state` belongs to; null where it has left for none, or long ago. */
function kept(req: Request, state: string): Begun | null {
  const name = `${nameOf(state)}=`;
  const found = (req.headers.cookie ?? "").split(/; */).find((one) => one.startsWith(name));
  if (state === "" || found === undefined) return null;
  try {
    const given: unknown = JSON.parse(Buffer.from(found.slice(name.length), "base64url").toString());
    if (!isObject(given)) return null;
    const { verifier, callback, page } = given;
    if ([given.state, verifier, callback, page].some((one) => typeof one !== "string")) return null;
    const begun = { ...given, page: pageOf(page as string) } as Begun;
    return isAnswerTo(begun, state) ? begun : null;
  } catch {
    return null;
  }
}
