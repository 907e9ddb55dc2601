// The end of the listener, by itself: whoever has connected before it is answered.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { drain } from "../../src/server/drain";

const MANY = 40;

/** So many clients at once, each on a connection of its own, from another process; prints how many were answered. */
const clients = (port: number): string => `
  const http = require("node:http");
  const ask = () => new Promise((resolve) => {
    http.get({ port: ${port}, host: "127.0.0.1", agent: false }, (answer) => resolve(answer.statusCode))
      .on("error", (error) => resolve(error.code));
  });
  process.stdout.write("asking ");
  Promise.all(Array.from({ length: ${MANY} }, ask)).then((all) => {
    console.log(all.filter((one) => one === 200).length);
  });`;

test("all who have connected before the listener closes are answered, though one is let in at a time", async () => {
  const server = createServer((_request, response) => response.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const child = spawn(process.execPath, ["-e", clients((server.address() as AddressInfo).port)]);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (said += piece));
  const ended = once(child, "close");
  await once(child.stdout, "data");
  // The event loop is held until all of them wait at the listener.
  for (const until = performance.now() + 700; performance.now() < until;);
  server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
  const cut = (): void => server.closeAllConnections();
  await drain({ server, endStreams: () => Promise.resolve(), cut });
  await ended;
  expect(said).toBe(`asking ${MANY}\n`);
});
