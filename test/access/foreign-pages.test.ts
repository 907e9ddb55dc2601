// A browser that remembers a password (Basic), and a page of another site that would use it.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext } from "playwright-core";
import { describeInChromium, openChromium } from "../support/chromium";
import { eventsOf } from "../support/events";
import { openWorld, type Person, type World } from "../support/world";

const MEETING = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

describeInChromium("in Chromium", () => {
  let world: World;
  let ada: Person;
  let browser: Browser;
  let context: BrowserContext;
  let elsewhere: Server;

  beforeAll(async () => {
    world = await openWorld();
    ada = await world.person();
    elsewhere = createServer((_req, res) =>
      res.setHeader("Content-Type", "text/html").end("<p>Elsewhere</p>"),
    );
    await once(elsewhere.listen(0, "127.0.0.1"), "listening");
    browser = await openChromium();
    // As a browser does that remembers: the header goes along with whatever any page asks of the service.
    const remembered = `Basic ${Buffer.from(`ada:${ada.token}`).toString("base64")}`;
    context = await browser.newContext({ extraHTTPHeaders: { Authorization: remembered } });
  });
  afterAll(async () => {
    await browser.close();
    elsewhere.close();
    await world.close();
  });

  /** How many writes the service has refused with 403. */
  async function refused(): Promise<number> {
    const text = await (await fetch(`${world.url}/metrics`)).text();
    const counts = text.matchAll(/^tidemark_request_duration_seconds_count\{.*status="403".* (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** A write at each door; the page itself may not see what they are answered. */
  async function writeFrom(page: string): Promise<void> {
    const tab = await context.newPage();
    await tab.goto(page);
    await tab.evaluate(
      async ([url, event, mutation]) => {
        const credentials = "include";
        // Without a type of its own a Blob sends no Content-Type, and so asks nobody's leave.
        const send = (at: string, body: string) =>
          fetch(url + at, { method: "POST", mode: "no-cors", credentials, body: new Blob([body]) }).catch(
            () => undefined,
          );
        await send("/api/v1/events", event);
        await send("/graphql", mutation);
      },
      [
        world.url,
        JSON.stringify({ subject: `From ${page}`, ...MEETING }),
        JSON.stringify({ query: "{ me { email } }" }),
      ] as [string, string, string],
    );
    await tab.close();
  }

  test("a page of another site cannot write with the password that the browser remembers", async () => {
    // It is remembered: a page of the service writes with it.
    const own = `${world.url}/graphql?ui=graphiql`;
    await writeFrom(own);
    const subjects = (await eventsOf(ada)).map(({ subject }: { subject: string }) => subject);
    expect(subjects).toEqual([`From ${own}`]);

    const { port } = elsewhere.address() as AddressInfo;
    for (const page of [`http://localhost:${port}/`, `http://127.0.0.1:${port}/`]) {
      const before = await refused();
      await writeFrom(page);
      expect([page, (await refused()) - before]).toEqual([page, 2]);
    }
    expect(await eventsOf(ada)).toHaveLength(1);
  });
});
