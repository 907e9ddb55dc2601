/**
 * Files for a page under one path: some from installed packages, some from memory. Each name carries a version or a
 * hash of the content, so a browser may keep it for good, and nothing is read before the first request for it.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RequestHandler } from "express";
import { compressedAsset, hashOf, sendAsset, type Asset } from "./asset";

interface Source {
  type: string;
  read: () => Promise<Buffer>;
  /** Read and compressed once; a viewer's script takes a megabyte. */
  loaded?: Promise<Asset>;
}

const load = async ({ type, read }: Source): Promise<Asset> => compressedAsset(type, await read());

export class AssetFolder {
  private readonly sources = new Map<string, Source>();

  constructor(readonly path: string) {}

  /** A text of ours; answers its address. */
  own(stem: string, extension: string, content: string): string {
    const read = () => Promise.resolve(Buffer.from(content));
    return this.add(`${stem}-${hashOf(content)}.${extension}`, { type: extension, read });
  }

  /** A file of an installed package. Found by its package.json, since `exports` hides the browser builds. */
  ofPackage(packageName: string, file: string): string {
    const manifest = require.resolve(`${packageName}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    const extension = file.slice(file.lastIndexOf(".") + 1);
    const read = () => readFile(join(dirname(manifest), file));
    return this.add(`${packageName}-${version}.${extension}`, { type: extension, read });
  }

  /** For `app.use(folder.path, …)`; a name it does not know is left to the next in line. */
  readonly handler: RequestHandler = async (req, res, next) => {
    const source = this.sources.get(req.path.slice(1));
    if (source === undefined || (req.method !== "GET" && req.method !== "HEAD")) {
      next();
      return;
    }
    source.loaded ??= load(source).catch((error: unknown) => {
      source.loaded = undefined; // the next request tries again
      throw error;
    });
    sendAsset(req, res, await source.loaded);
  };

  private add(name: string, source: Source): string {
    this.sources.set(name, source);
    return `${this.path}/${name}`;
  }
}
