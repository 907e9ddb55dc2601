/**
 * The explorer as a person meets it, in Debian's Chromium: GraphiQL from our own files, Apollo Sandbox where its
 * servers answer (they are played by the test, which lets no request leave the machine).
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { expressMiddleware } from "@as-integrations/express5";
import express from "express";
import { GraphQLError, Kind, parse } from "graphql";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { explorerPage, sandboxPage } from "../../src/server/explorer";
import { webPages } from "../../src/server/web-pages";
import { EXAMPLE_OPERATIONS } from "../../src/web/explorer/examples";
import { describeInChromium, openChromium, PATIENCE_MS } from "../support/chromium";
import { eventually } from "../support/wait";

const APOLLO_SCRIPT =
  "https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js";

interface Service {
  /** Where GraphQL answers, and the page is shown. */
  url: string;
  /** A token of the person whose address is `email`. */
  token: string;
  email: string;
  close: () => Promise<void>;
}

const SCHEMA = `
  type Query { me: User!  events(first: Int): EventConnection! }
  type User { id: ID!  name: String!  email: String!  timezone: String! }
  type EventConnection { totalCount: Int!  edges: [EventEdge!]! }
  type EventEdge { node: Event! }
  type Event { id: ID!  subject: String!  startTime: String!  endTime: String!  allDay: Boolean!  attendees: [Attendee!]! }
  type Attendee { name: String!  status: String! }
`;

const ROOT = {
  me: { id: "7", name: "Ada Lovelace", email: "ada@example.com", timezone: "Europe/London" },
  events: {
    totalCount: 1,
    edges: [
      {
        node: {
          id: "1042",
          subject: "Kick-off",
          startTime: "2026-03-02T15:00:00.000Z",
          endTime: "2026-03-02T16:00:00.000Z",
          allDay: false,
          attendees: [{ name: "Ada Lovelace", status: "Accepted" }],
        },
      },
    ],
  },
};

/** The one place that knows which service is explored. This one refuses everything, the schema too, without its token. */
async function serveExplorer(): Promise<Service> {
  const token = "tmk_of-a-test";
  const apollo = new ApolloServer({
    typeDefs: SCHEMA,
    rootValue: ROOT,
    introspection: true,
    plugins: [ApolloServerPluginLandingPageDisabled()],
  });
  await apollo.start();
  const context = ({ req }: { req: express.Request }) => {
    if (req.headers.authorization === `Bearer ${token}`) return Promise.resolve({});
    throw new GraphQLError("Send a token", { extensions: { code: "unauthorized", http: { status: 401 } } });
  };
  const app = express();
  app.use(webPages([]));
  app.get("/graphql", explorerPage);
  app.get("/graphql/sandbox", sandboxPage);
  app.use("/graphql", express.json(), expressMiddleware(apollo, { context }));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    await apollo.stop();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/graphql`, token, email: ROOT.me.email, close };
}

let service: Service;
beforeAll(async () => {
  service = await serveExplorer();
});
afterAll(() => service.close());

const BROWSER_ACCEPTS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const asBrowser = (url: string) => fetch(url, { headers: { Accept: BROWSER_ACCEPTS } });

/** The files that the page names, and those that its script loads in turn. */
async function assetPaths(): Promise<string[]> {
  const found = new Set<string>();
  const look = (text: string) => {
    for (const [, name] of text.matchAll(/["'/](?:\.\/|assets\/)([\w-]+\.(?:js|css|svg))["']/g))
      found.add(`/assets/${name}`);
  };
  look(await (await asBrowser(service.url)).text());
  for (const at of found) if (at.endsWith(".js")) look(await (await fetch(new URL(at, service.url))).text());
  return [...found];
}

describe("what is served", () => {
  test("a browser gets a page under a policy that lets only us in", async () => {
    const answer = await asBrowser(service.url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-src 'self';");
    expect(policy).not.toContain("http");
    expect(await answer.text()).not.toMatch(/<script(?![^>]* src=)|\son\w+=/);
  });

  test("Apollo's script may run in a frame that is of no origin, and only there", async () => {
    const answer = await asBrowser(`${service.url}/sandbox`);
    expect(answer.status).toBe(200);
    const policy = (answer.headers.get("content-security-policy") ?? "").split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self' https://embeddable-sandbox.cdn.apollographql.com",
        "frame-src https://sandbox.embed.apollographql.com",
        "frame-ancestors 'self'",
      ]),
    );
    const [sandbox = ""] = policy.filter((each) => each.startsWith("sandbox "));
    expect(sandbox).toContain("allow-scripts");
    expect(sandbox).not.toContain("allow-same-origin");
    expect(answer.headers.get("x-frame-options")).toBe("SAMEORIGIN");
  });

  test.each([
    ["a client that takes anything", "*/*", ""],
    ["a GraphQL client", "application/graphql-response+json, application/json;q=0.9", ""],
    ["a subscriber", "text/event-stream", ""],
    ["a browser that sends a query", BROWSER_ACCEPTS, "?query={__typename}"],
  ])("%s does not get the page", async (_who, accept, query) => {
    const answer = await fetch(service.url + query, { headers: { Accept: accept } });
    expect(answer.headers.get("content-type") ?? "").not.toContain("text/html");
    expect(answer.headers.get("vary")).toContain("Accept");
  });

  test("every file of the page is served for good, compressed, and once", async () => {
    const paths = await assetPaths();
    expect(paths.length).toBeGreaterThanOrEqual(7);
    for (const path of paths) {
      const url = new URL(path, service.url);
      const answer = await fetch(url);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(answer.headers.get("content-encoding")).toMatch(/^(br|gzip)$/);
      const plain = await fetch(url, { headers: { "Accept-Encoding": "identity" } });
      expect(plain.headers.get("content-encoding")).toBeNull();
      expect(await plain.text()).toBe(await answer.text());
      // Without its own Cache-Control, fetch would send "no-cache" beside the ETag.
      const held = { "If-None-Match": answer.headers.get("etag") ?? "", "Cache-Control": "max-age=0" };
      const again = await fetch(url, { headers: held });
      expect(again.status).toBe(304);
    }
  });

  test("each example is one operation under its own name, with the variables it declares", () => {
    for (const { name, document, variables = {} } of EXAMPLE_OPERATIONS) {
      const [operation, ...more] = parse(document).definitions;
      expect(more).toEqual([]);
      if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`${name} is no operation`);
      expect(operation.name?.value).toBe(name);
      expect(operation.variableDefinitions?.map((each) => each.variable.name.value)).toEqual(
        Object.keys(variables),
      );
    }
    expect(EXAMPLE_OPERATIONS[0]?.name).toBe("FirstLook");
  });
});

describeInChromium("in a browser", () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** Addresses outside the service that the page asked for. */
  let strangers: string[];
  /** What a developer would see in red: exceptions, console errors, violations of the policy. */
  let faults: string[];

  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    strangers = [];
    faults = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.route(
      (url) => url.origin !== new URL(service.url).origin,
      async (route) => {
        strangers.push(route.request().url());
        await route.abort("namenotresolved");
      },
    );
    context.setDefaultTimeout(PATIENCE_MS);
    page = await context.newPage();
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      // The browser's own line for a refused or failed request is looked at where the request is.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        faults.push(message.text());
      }
    });
  });
  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  const state = (name: string) => page.locator(`body[data-state="${name}"]`).waitFor();
  const tab = (name: string) => page.locator(".graphiql-tab-button").getByText(name, { exact: true });
  const editor = (label: string) => page.locator(`section[aria-label="${label}"] .CodeMirror`).first();
  const answer = () => page.locator(".result-window .CodeMirror-code");
  /** GraphiQL's editors are there, and hold the query. */
  const ready = () => editor("Query Editor").getByText("query").first().waitFor();

  /** As a person would: all of it marked, then typed over. */
  async function typeHeaders(text: string): Promise<void> {
    await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(text);
  }

  async function run(): Promise<void> {
    await page.locator(".graphiql-execute-button").click();
  }

  test("without Apollo's servers GraphiQL shows the first query and runs it with the token", async () => {
    await page.goto(service.url);
    await state("fallback");
    await tab("FirstLook").waitFor();
    expect(await editor("Query Editor").innerText()).toContain("query FirstLook {");
    expect(await page.locator("body").innerText()).toContain('"Authorization": "Bearer tmk_..."');

    await typeHeaders(`{"Authorization": "Bearer ${service.token}"}`);
    await run();
    await answer().getByText(service.email).waitFor();
    expect(await answer().innerText()).toContain('"totalCount"');
    expect(strangers).toEqual([APOLLO_SCRIPT]);
  });

  test("servers that never answer are given up after four seconds", async () => {
    await context.route(APOLLO_SCRIPT, () => undefined);
    await page.goto(service.url, { waitUntil: "domcontentloaded" });
    await state("loading");
    await page.getByText("Loading Apollo Sandbox…").waitFor();
    await state("fallback");
    await page.locator(".graphiql-execute-button").waitFor();
  });

  test("while GraphiQL is on its way the page says what is coming, and where it does not come nothing promises it", async () => {
    let giveUp: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (giveUp = resolve));
    await page.route(/\/assets\/graphiql.*\.js/, async (route) => {
      await asked;
      await route.abort();
    });
    await page.goto(`${service.url}?ui=graphiql`);
    await page.getByText("Loading GraphiQL: an editor for queries").waitFor();
    giveUp();
    await state("broken");
    expect(await page.locator("#stage").innerText()).toBe("");
    expect(faults.splice(0).join()).toContain("dynamically imported");
  });

  test("?ui=graphiql asks nobody else, and links to Sandbox", async () => {
    await page.goto(`${service.url}?ui=graphiql`);
    await state("graphiql");
    await ready();
    await run();
    await page.waitForLoadState("networkidle");
    expect(strangers).toEqual([]);
    await page.getByRole("link", { name: "Use Apollo Sandbox" }).click();
    await state("fallback");
    expect(strangers).toEqual([APOLLO_SCRIPT]);
  });

  test("the examples are tabs, and a token given in one serves them all", async () => {
    await page.goto(`${service.url}?ui=graphiql`);
    await ready();
    await typeHeaders(`{"Authorization": "Bearer ${service.token}"}`);
    await run();
    await answer().getByText(service.email).waitFor();
    for (const { name } of EXAMPLE_OPERATIONS) {
      await tab(name).click();
      await eventually(async () => expect(await editor("Query Editor").innerText()).toContain(` ${name}`));
    }
    await tab("FirstLook").click();
    await typeHeaders('{"Authorization": "Bearer tmk_..."}');
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await run();
    expect(await (await sent).headerValue("authorization")).toBe(`Bearer ${service.token}`);
  });

  test("with the placeholder still there, no token is sent and the refusal is shown", async () => {
    await page.goto(`${service.url}?ui=graphiql`);
    await ready();
    const sent = page.waitForRequest((request) => request.postData()?.includes("FirstLook") ?? false);
    await run();
    expect(await (await sent).headerValue("authorization")).toBeNull();
    await answer().getByText("unauthorized").first().waitFor();
  });

  test("the token of the tab goes for the placeholder, and stands nowhere on the page", async () => {
    await page.goto(`${service.url}?ui=graphiql`);
    await page.evaluate(`sessionStorage.setItem("tidemark.token", "${service.token}")`);
    await page.reload();
    await ready();
    await page.getByText("stands for the token of this tab").waitFor();
    await run();
    await answer().getByText(service.email).waitFor();
    expect(await page.locator("body").innerText()).not.toContain(service.token);
    await page.getByRole("link", { name: "Records", exact: true }).waitFor();
  });

  test("once the token is known the schema can be browsed", async () => {
    await page.goto(`${service.url}?ui=graphiql`);
    await ready();
    await typeHeaders(`{"Authorization": "Bearer ${service.token}"}`);
    await run();
    await answer().getByText(service.email).waitFor();
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.locator(".graphiql-doc-explorer").getByText("Query", { exact: true }).first().click();
    await page.locator(".graphiql-doc-explorer").getByText("EventConnection").first().waitFor();
  });

  test("GraphiQL follows a subscription over server-sent events to its end", async () => {
    await page.route(service.url, async (route) => {
      if (!route.request().postData()?.includes("eventChanged")) return route.fallback();
      expect(await route.request().headerValue("accept")).toBe("text/event-stream");
      const event = (id: string) =>
        `event: next\r\ndata: {"data": {"eventChanged": {"id": "${id}"}}}\r\n\r\n`;
      const body = `:\n\n${event("1")}${event("1042")}event: complete\ndata:\n\n`;
      return route.fulfill({ contentType: "text/event-stream", body });
    });
    await page.goto(`${service.url}?ui=graphiql`);
    await ready();
    await tab("EventChanged").click();
    await run();
    await answer().getByText('"1042"').waitFor();
    await page.getByRole("button", { name: "Execute query (Ctrl-Enter)" }).waitFor();
  });

  describe("with Apollo's servers played by the test", () => {
    const FRAME = "https://sandbox.embed.apollographql.com/sandbox/explorer";
    /** What the page uses of Apollo's script: the constructor, which puts a frame into its target. */
    const SCRIPT = `window.EmbeddedSandbox = class {
      constructor(options) {
        window.sandboxOptions = options;
        const frame = document.createElement("iframe");
        frame.setAttribute("style", "height: 100%; width: 100%; border: none;");
        frame.src = "${FRAME}?endpoint=" + options.initialEndpoint;
        document.querySelector(options.target).append(frame);
      }
    };`;
    const SPEAKS =
      '<script>parent.postMessage({ name: "ExplorerListeningForHandshake" }, "*")</script>Sandbox';

    interface SandboxWindow {
      sandboxOptions: {
        initialEndpoint: string;
        handleRequest: (url: string, options: RequestInit) => Promise<Response>;
      };
    }

    /** The frame in which Apollo's script runs. */
    const room = () => page.frame({ url: `${service.url}/sandbox**` })!;

    /** What the constructor was given, less the functions. */
    const sandboxOptions = async () => {
      const read = () => JSON.stringify((globalThis as unknown as SandboxWindow).sandboxOptions);
      return JSON.parse(await room().evaluate(read)) as unknown;
    };

    async function playApollo(frame: string): Promise<void> {
      await context.route(APOLLO_SCRIPT, (route) =>
        route.fulfill({ contentType: "text/javascript", body: SCRIPT }),
      );
      await context.route(
        (url) => url.href.startsWith(FRAME),
        (route) => route.fulfill({ contentType: "text/html", body: frame }),
      );
    }

    test("Sandbox gets our endpoint, the first query and the hint of the header", async () => {
      await playApollo(SPEAKS);
      await page.goto(`${service.url}?example=unknown`);
      await state("sandbox");
      await page.frameLocator("#stage iframe").frameLocator("#stage iframe").getByText("Sandbox").waitFor();
      expect(await sandboxOptions()).toEqual({
        target: "#stage",
        initialEndpoint: service.url,
        initialSubscriptionEndpoint: service.url.replace("http", "ws"),
        initialState: {
          document: EXAMPLE_OPERATIONS[0]?.document,
          variables: {},
          headers: { Authorization: "Bearer tmk_..." },
          includeCookies: false,
          pollForSchemaUpdates: false,
        },
        endpointIsEditable: false,
        runTelemetry: false,
      });
      expect(strangers).toEqual([]);
    });

    test("Sandbox's requests go through us, and only a real token goes with them", async () => {
      await playApollo(SPEAKS);
      await page.goto(service.url);
      await state("sandbox");
      const ask = (authorization: string) =>
        room().evaluate(async (sent) => {
          const { handleRequest, initialEndpoint } = (globalThis as unknown as SandboxWindow).sandboxOptions;
          const answered = await handleRequest(initialEndpoint, {
            method: "POST",
            headers: { "content-type": "application/json", Authorization: sent },
            body: JSON.stringify({ query: "{ me { email } }" }),
          });
          return answered.text();
        }, authorization);
      expect(await ask("Bearer tmk_...")).toContain("unauthorized");
      expect(await ask("Bearer tmk_…")).toContain("unauthorized");
      expect(await ask(`Bearer ${service.token}`)).toContain(service.email);
      expect(await ask("Bearer tmk_...")).toContain(service.email);
    });

    test("Apollo's script reads no token that a page of ours keeps in this tab, and nothing of the page around it", async () => {
      await playApollo(SPEAKS);
      await page.goto(`${service.url}?ui=graphiql`);
      await page.evaluate(`sessionStorage.setItem("tidemark.token", "${service.token}")`);
      await page.getByRole("link", { name: "Use Apollo Sandbox" }).click();
      await state("sandbox");
      expect(await page.evaluate('sessionStorage.getItem("tidemark.token")')).toBe(service.token);
      const looks = ["sessionStorage.length", "localStorage.length", "document.cookie"];
      const around = ["parent.document.title", "parent.sessionStorage"];
      const tries = await Promise.all(
        [...looks, ...around].map((look) =>
          room().evaluate(
            `(() => { try { return "read " + ${look} } catch (error) { return error.name } })()`,
          ),
        ),
      );
      expect(tries).toEqual(Array.from({ length: 5 }, () => "SecurityError"));
    });

    test("nothing that Apollo's script asks for goes with the token of the tab", async () => {
      await playApollo(SPEAKS);
      await page.goto(`${service.url}?ui=graphiql`);
      await page.evaluate(`sessionStorage.setItem("tidemark.token", "${service.token}")`);
      await page.goto(service.url);
      await state("sandbox");
      const answered = await room().evaluate(async () => {
        const { handleRequest, initialEndpoint } = (globalThis as unknown as SandboxWindow).sandboxOptions;
        const reply = await handleRequest(initialEndpoint, {
          method: "POST",
          headers: { "content-type": "application/json", Authorization: "Bearer tmk_..." },
          body: JSON.stringify({ query: "{ me { email } }" }),
        });
        return reply.text();
      });
      expect(answered).toContain("unauthorized");
    });

    test("the page sends for the frame to its own address alone, whatever the frame asks", async () => {
      await playApollo(SPEAKS);
      await page.goto(service.url);
      await state("sandbox");
      const answered = await room().evaluate(async () => {
        const { handleRequest } = (globalThis as unknown as SandboxWindow).sandboxOptions;
        const reply = await handleRequest("https://elsewhere.example/", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ query: "{ me { email } }" }),
        });
        return reply.text();
      });
      expect(answered).toContain("unauthorized");
      expect(strangers).toEqual([]);
    });

    test("the other examples are links, dated today", async () => {
      await playApollo(SPEAKS);
      await page.goto(service.url);
      await state("sandbox");
      await page.getByText("Examples").click();
      const today = (): string => new Date().toISOString().slice(0, 10);
      const before = today();
      await page.getByRole("link", { name: "CreateEvent" }).click();
      await state("sandbox");
      const shown = JSON.stringify(await sandboxOptions());
      expect(shown).toContain("mutation CreateEvent");
      expect([before, today()].some((date) => shown.includes(date))).toBe(true);
    });

    test("a person can choose GraphiQL instead", async () => {
      await playApollo(SPEAKS);
      await page.goto(service.url);
      await state("sandbox");
      await page.getByRole("link", { name: "Use GraphiQL, which works offline" }).click();
      await state("graphiql");
      await page.locator(".graphiql-execute-button").waitFor();
    });

    test("a frame that stays silent, as when Apollo's script came from the cache, gives way", async () => {
      await playApollo("This site can’t be reached");
      await page.goto(service.url);
      await state("sandbox");
      await state("fallback");
      await page.locator(".graphiql-execute-button").waitFor();
    });
  });
});
