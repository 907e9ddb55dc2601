/**
 * The pages for people: the calendar at `/`, a record's timeline at `/records/…`, the sync view at `/sync`. Vite
 * builds them from src/web into dist/web; here they are handed out, under a policy that lets the browser load and call
 * nothing but us.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type RequestHandler, Router } from "express";
import { type Asset, compressedAsset, sendAsset } from "../http/asset";
import { notFound } from "../errors";
import { asPage, pagePolicy } from "../http/page";

// Compiled, this file lies in dist/src/server; run from source, in src/server.
const BUILT = path.join(
  __dirname,
  path.basename(path.resolve(__dirname, "../..")) === "dist" ? "../../web" : "../../dist/web",
);

/** Which page answers which address; the pages look at the rest of it themselves. */
const PAGES: [address: string, file: string][] = [
  ["/", "index.html"],
  ["/records/:id", "records.html"],
  ["/records/:type/:id", "records.html"],
  ["/sync", "sync.html"],
];

// At the end: nothing becomes HTML that has not been through the sanitiser.
export const PAGES_POLICY = `${pagePolicy({
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self'",
  "connect-src": "'self'",
})}; require-trusted-types-for 'script'; trusted-types dompurify`;

const page =
  (file: string): RequestHandler =>
  async (_req, res) => {
    const html = await builtFile(file);
    if (!html) throw notFound("The page has not been built (npm run build); it");
    asPage(res, PAGES_POLICY).send(html);
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

/** Not there, a folder, or a name that no file could have. */
const NO_SUCH_FILE = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"]);

async function builtFile(name: string): Promise<Buffer | null> {
  try {
    return await readFile(path.join(BUILT, name));
  } catch (error) {
    if (NO_SUCH_FILE.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

export function webPages(): Router {
  const router = Router();
  for (const [address, file] of PAGES) router.get(address, page(file));
  router.get("/assets/:name", asset);
  return router;
}
