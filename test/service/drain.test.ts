// The end of the listener, by itself: whoever has connected before it is answered.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { drain } from "../../src/server/drain";

const MANY = 40;
const PATIENCE_MS = 30_000;

/** So many clients at once, from another process: writes a file once all have asked, and prints how many were answered. */
const clients = (port: number, file: string): string => `
  const { connect } = require("node:net");
  let asked = 0;
  const ask = () => new Promise((resolve) => {
    const socket = connect(${port}, "127.0.0.1", () =>
      socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", () => {
        if (++asked === ${MANY}) require("node:fs").writeFileSync(${JSON.stringify(file)}, "");
      }));
    socket.on("data", (answer) => resolve(String(answer).startsWith("HTTP/1.1 200")));
    socket.on("error", () => resolve(false)).on("close", () => resolve(false));
  });
  Promise.all(Array.from({ length: ${MANY} }, ask)).then((all) => console.log(all.filter(Boolean).length));`;

test("all who have connected before the listener closes are answered, though one is let in at a time", async () => {
  const room = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-drain-"));
  const asked = path.join(room, "asked");
  const server = createServer((_request, response) => response.setHeader("Connection", "close").end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const child = spawn(process.execPath, ["-e", clients((server.address() as AddressInfo).port, asked)]);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (said += piece));
  const ended = once(child, "close");
  // The event loop is held until all of them wait at the listener.
  for (const until = performance.now() + PATIENCE_MS; !fs.existsSync(asked) && performance.now() < until;);
  const cut = (): void => server.closeAllConnections();
  await drain({ server, endStreams: () => Promise.resolve(), cut });
  await ended;
  fs.rmSync(room, { recursive: true });
  expect(said).toBe(`${MANY}\n`);
}, 60_000);
