// Answers as they travel: those that are large go out compressed, to whoever takes gzip. JSON of events comes to a tenth. The
// work is done on threads of its own, so that the event loop waits for none of it.
import { finished } from "node:stream";
import { promisify } from "node:util";
import type { Writable } from "node:stream";
import { constants, createGzip, gzip } from "node:zlib";
import type { Request, Response } from "express";
import { isOver } from "../telemetry/over";
import { asSent } from "../turns/held";

/** What is smaller fits into a few packets as it is. */
const MIN_BYTES = 4_096;

/** A third step above the fastest, for a tenth fewer bytes; those beyond it gain next to nothing on such JSON. */
const LEVEL = 3;

/** Most programs that do not ask for it say nothing at all, and are spared the look. */
const takesGzip = (req: Request): boolean =>
  req.headers["accept-encoding"] !== undefined && req.acceptsEncodings(["gzip", "identity"]) === "gzip";

export const packed = (text: string | Buffer): Promise<Buffer> => promisify(gzip)(text, { level: LEVEL });

/**
 * Ends an answer with a text, compressed where that is worth it; answers how many bytes the text comes to. The entity tag
 * is that of the text, however it travels. `pack` compresses it, for whoever sends one text again and again.
 */
export function endWith(res: Response, text: string, pack = packed): number {
  const sent = asSent(text);
  const length = Buffer.byteLength(sent);
  const end = (body: string | Buffer, bytes: number): void => {
    res.setHeader("Content-Length", bytes);
    res.end(body);
  };
  if (length < MIN_BYTES || !takesGzip(res.req)) {
    end(sent, length);
    return length;
  }
  void pack(sent)
    .catch(() => null)
    .then((bytes) => {
      if (isOver(res)) return;
      if (bytes) res.setHeader("Content-Encoding", "gzip");
      end(bytes ?? sent, bytes?.length ?? length);
    });
  return length;
}

/** Where the pieces of a long answer are written, each of which leaves as it comes. */
export function pieceWriter(res: Response): Writable {
  if (!takesGzip(res.req)) return res;
  res.setHeader("Content-Encoding", "gzip");
  const packer = createGzip({ level: LEVEL, flush: constants.Z_SYNC_FLUSH });
  // A client that is gone takes nothing any more.
  finished(res, () => packer.destroy());
  packer.pipe(res);
  return packer;
}
