/**
 * A process of its own that uses an embedded server, for tests that kill it. Does what its parent's messages
 * say, one at a time, and ends with its parent.
 */
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/embedded";

type Message = { start: { dataDir: string; binariesFrom?: string } } | { release: true };

let server: EmbeddedServer | null = null;

async function answer(message: Message): Promise<unknown> {
  if ("release" in message) {
    await server?.release();
    return { released: true };
  }
  server = await startEmbedded({ ...message.start, log: () => undefined, env: process.env });
  return { address: server.address };
}

process.on("message", (message: Message) => {
  answer(message).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
