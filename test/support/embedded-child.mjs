// A process of its own that uses an embedded server, for tests that kill it: the built program's, as any account can
// load that at once. It does what its parent's messages say, one at a time, and ends with its parent. A message is
// { start: { dataDir, binariesFrom } } or { release: true }.
import process from "node:process";
import { startEmbedded } from "../../dist/src/embedded/embedded.js";

let server = null;

async function answer(message) {
  if ("release" in message) {
    await server?.release();
    return { released: true };
  }
  server = await startEmbedded({ ...message.start, log: () => undefined, env: process.env });
  return { address: server.address };
}

process.on("message", (message) => {
  answer(message).then(
    (reply) => process.send?.(reply),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
