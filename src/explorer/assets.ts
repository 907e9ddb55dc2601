/**
 * The files behind the explorer's page, under /graphql/assets: GraphiQL and React from node_modules, our boot
 * script and style from memory. Each name carries a version or a hash of the content, so a browser may keep it
 * for good, and nothing is read before the first request for it.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { RequestHandler } from "express";
import { bootScript } from "./boot";
import { ICON, STYLE } from "./style";

const ASSETS_PATH = "/graphql/assets";

interface Asset {
  type: string;
  read: () => Promise<Buffer>;
  /** Read and compressed once; the three large ones take 500 kB together. */
  loaded?: Promise<{ plain: Buffer; zipped: Buffer; etag: string }>;
}

const assets = new Map<string, Asset>();

const hashOf = (content: string | Buffer) => createHash("sha256").update(content).digest("hex").slice(0, 16);

function add(name: string, asset: Asset): string {
  assets.set(name, asset);
  return `${ASSETS_PATH}/${name}`;
}

function ownAsset(stem: string, extension: string, content: string): string {
  const read = () => Promise.resolve(Buffer.from(content));
  return add(`${stem}-${hashOf(content)}.${extension}`, { type: extension, read });
}

/** A file of an installed package. Found by its package.json, since `exports` hides the browser builds. */
function packageAsset(packageName: "graphiql" | "react" | "react-dom", file: string): string {
  const manifest = require.resolve(`${packageName}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const extension = file.slice(file.lastIndexOf(".") + 1);
  const read = () => readFile(join(dirname(manifest), file));
  return add(`${packageName}-${version}.${extension}`, { type: extension, read });
}

const graphiql = {
  scripts: [
    packageAsset("react", "umd/react.production.min.js"),
    packageAsset("react-dom", "umd/react-dom.production.min.js"),
    packageAsset("graphiql", "dist/index.umd.js"),
  ],
  styles: [packageAsset("graphiql", "dist/style.css")],
};

/** Where the page finds what it names itself; the boot script loads the rest. */
export const PAGE_ASSETS = {
  script: ownAsset("explorer", "js", bootScript(graphiql)),
  style: ownAsset("explorer", "css", STYLE),
  icon: ownAsset("tidemark", "svg", ICON),
};

async function load(asset: Asset) {
  const plain = await asset.read();
  // Weak, because the plain and the compressed form share it.
  return { plain, zipped: await promisify(gzip)(plain), etag: `W/"${hashOf(plain)}"` };
}

/** For `app.use("/graphql/assets", …)`; a name it does not know is left to the next in line. */
export const explorerAssets: RequestHandler = async (req, res, next) => {
  const asset = assets.get(req.path.slice(1));
  if (asset === undefined || (req.method !== "GET" && req.method !== "HEAD")) {
    next();
    return;
  }
  asset.loaded ??= load(asset).catch((error: unknown) => {
    asset.loaded = undefined; // the next request tries again
    throw error;
  });
  const { plain, zipped, etag } = await asset.loaded;
  const compressed = req.acceptsEncodings(["gzip", "identity"]) === "gzip";
  res.type(asset.type).vary("Accept-Encoding");
  res.set({ ETag: etag, "Cache-Control": "public, max-age=31536000, immutable" });
  res.set("X-Content-Type-Options", "nosniff");
  if (compressed) res.set("Content-Encoding", "gzip");
  res.send(compressed ? zipped : plain);
};
