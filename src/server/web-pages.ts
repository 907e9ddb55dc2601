/**
 * The pages for people: the calendar at `/`, a record's timeline at `/records/…`, the sync view at `/sync`, and so on,
 * and the one for addresses that are nobody's. Vite builds them from src/web into dist/web; here they are handed out,
 * under a policy that lets the browser load and call nothing but us.
 */
import path from "node:path";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { type Asset, compressedAsset, sendAsset } from "../http/asset";
import { builtFile, builtPage } from "../http/built";
import { asPage, pagePolicy } from "../http/page";

/** Which page answers which address; the pages look at the rest of it themselves. */
const PAGES: [address: string, file: string][] = [
  ["/", "index.html"],
  ["/records", "records.html"],
  ["/records/:id", "records.html"],
  ["/records/:type/:id", "records.html"],
  ["/sync", "sync.html"],
];

/** Pages that hand out secrets, or act for an organisation, are in nobody's frame. */
const NEVER_FRAMED: [address: string, file: string][] = [
  ["/connect", "connect.html"],
  ["/admin", "admin.html"],
  ["/admin/:part", "admin.html"],
];

const ADDRESSES = [...PAGES, ...NEVER_FRAMED].map(
  ([address]) => new RegExp(`^${address.replace(/:\w+/g, "[^/]+")}$`),
);

/** Whether one of the pages is at this path. */
export const isPage = (path: string): boolean => ADDRESSES.some((address) => address.test(path));

// At the end: nothing becomes HTML that has not been through the sanitiser.
const policyFor = (framedBy: string): string =>
  `${pagePolicy(
    { "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "connect-src": "'self'" },
    framedBy,
  )}; require-trusted-types-for 'script'; trusted-types dompurify`;

const PAGES_POLICY = policyFor("'none'");

const page =
  (file: string): RequestHandler =>
  async (_req, res) => {
    asPage(res, PAGES_POLICY).send(await builtPage(file));
  };

/** A page that these origins may have in a frame; it is told who they are, so as to listen to nobody else. */
function framedPage(file: string, origins: readonly string[]): RequestHandler {
  if (origins.length === 0) return page(file);
  const policy = policyFor(origins.join(" "));
  const told = `<head>\n    <meta name="tidemark-frame-ancestors" content="${origins.join(" ")}" />`;
  return async (_req, res) => {
    const html = (await builtPage(file)).toString().replace("<head>", told);
    // This header knows all or nobody; the policy says who.
    res.removeHeader("X-Frame-Options");
    asPage(res, policy).send(html);
  };
}

/** Whether a person looks, in a browser; a client that takes anything, as curl does, is a program. */
const isLookedAt = (req: Request): boolean =>
  (req.method === "GET" || req.method === "HEAD") &&
  req.accepts(["application/json", "text/html"]) === "text/html";

/** Says to a person that nothing is at this address, and where to go on; answers whether it did. */
export async function sendMissingPage(req: Request, res: Response): Promise<boolean> {
  res.vary("Accept");
  if (!isLookedAt(req)) return false;
  const html = await builtFile("missing.html");
  if (html) asPage(res, PAGES_POLICY).status(404).send(html);
  return html !== null;
}

/** For addresses below a door, which answers to programs there. */
export const missingPage: RequestHandler = async (req, res, next) => {
  if (!(await sendMissingPage(req, res))) next();
};

/** Scripts and styles by name, for the pages of this build and of builds before it that are still open somewhere. */
const assets = new Map<string, Promise<Asset | null>>();

const asset: RequestHandler<{ name: string }> = async (req, res, next) => {
  const { name } = req.params;
  if (!/^[\w-]+(\.[\w-]+)*$/.test(name)) {
    next();
    return;
  }
  const reading = assets.get(name) ?? loadAsset(name);
  assets.set(name, reading);
  const found = await reading.catch((error: unknown) => {
    assets.delete(name);
    throw error;
  });
  if (found) {
    // They are the same for everybody, and the sandboxed frame of the explorer, which loads some, is of no origin.
    res.setHeader("Access-Control-Allow-Origin", "*");
    sendAsset(req, res, found);
  } else {
    assets.delete(name); // Not remembered: names that do not exist are without number.
    next();
  }
};

async function loadAsset(name: string): Promise<Asset | null> {
  const content = await builtFile(path.join("assets", name));
  return content && compressedAsset(path.extname(name).slice(1), content);
}

/** `frameAncestors` are the origins that may have a page in a frame. */
export function webPages(frameAncestors: readonly string[]): Router {
  const router = Router();
  for (const [address, file] of PAGES) router.get(address, framedPage(file, frameAncestors));
  for (const [address, file] of NEVER_FRAMED) router.get(address, page(file));
  router.get("/assets/:name", asset);
  return router;
}
