/** What Vite built from src/web into dist/web: pages and, under /assets, the files that they load. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { notFound } from "../errors";

// Compiled, this file lies in dist/src/http; run from source, in src/http.
const BUILT = path.join(
  __dirname,
  path.basename(path.resolve(__dirname, "../..")) === "dist" ? "../../web" : "../../dist/web",
);

/** Not there, a folder, or a name that no file could have. */
const NO_SUCH_FILE = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"]);

export async function builtFile(name: string): Promise<Buffer | null> {
  try {
    return await readFile(path.join(BUILT, name));
  } catch (error) {
    if (NO_SUCH_FILE.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** The HTML of a page; refuses, as not found, one that has not been built. */
export async function builtPage(file: string): Promise<Buffer> {
  const html = await builtFile(file);
  if (!html) throw notFound("The page has not been built (npm run build); it");
  return html;
}
