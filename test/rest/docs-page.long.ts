// The page at /api/v1/docs as an engineer opens it: the document's operations in a browser that lets it load and call
// nothing but the service, and one of them tried with a token.
import type { Browser, Page } from "playwright-core";
import { webhookMessages } from "../../src/rest/openapi/messages";
import { OPEN_ROUTES } from "../../src/rest/openapi/served";
import { ROUTES } from "../../src/rest/routes";
import { describeInChromium, openChromium, PATIENCE_MS } from "../support/chromium";
import { openWorld, type World } from "../support/world";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test("the page's policy lets it load and call nothing but the service", async () => {
  const reply = await fetch(`${world.url}/api/v1/docs`);
  const policy = reply.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:/);
  const files = [...(await reply.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)];
  expect(files.length).toBeGreaterThanOrEqual(3);
  for (const [, file] of files) {
    const asset = await fetch(world.url + file);
    expect([file, asset.status]).toEqual([file, 200]);
    expect(asset.headers.get("cache-control")).toContain("immutable");
  }
});

describeInChromium("in a browser", () => {
  let browser: Browser;
  let page: Page;
  /** Addresses outside the service that were asked for, and what a developer would see in red. */
  let faults: string[];

  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    faults = [];
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.route(
      (url) => url.origin !== new URL(world.url).origin && url.protocol !== "data:",
      async (route) => {
        faults.push(route.request().url());
        await route.abort("namenotresolved");
      },
    );
    page = await context.newPage();
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
  });
  afterEach(() => page?.context().close());

  test("the page shows every operation and every message of webhooks, and asks nobody but the service", async () => {
    await page.goto(`${world.url}/api/v1/docs`);
    await page.locator(".opblock").first().waitFor();
    const messages = Object.keys(webhookMessages());
    const shown = ROUTES.length + OPEN_ROUTES.length + messages.length;
    expect(await page.locator(".opblock").count()).toBe(shown);
    expect(faults).toEqual([]);
  });

  test("whoever is signed in in the tab tries operations at once, and finds the way to the other pages", async () => {
    const ada = await world.person();
    await page.goto(`${world.url}/records#token=${ada.token}`);
    await page.getByRole("link", { name: "REST" }).click();
    await page.locator(".opblock").first().waitFor();
    await page.goto(`${world.url}/api/v1/docs#/People%20and%20records/getMe`);
    await page.reload();
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByRole("button", { name: "Execute" }).click();
    await page.locator(".live-responses-table").getByText(ada.email).waitFor();
    await page.getByRole("link", { name: "Calendar", exact: true }).click();
    await page.getByRole("button", { name: "New event" }).first().waitFor();
    expect(faults).toEqual([]);
  });

  test("until its requests are there the page says what they will be, and when they cannot come it says so", async () => {
    await page.route(/\/assets\/swagger-ui.*\.js/, (route) => route.abort());
    await page.goto(`${world.url}/api/v1/docs`);
    await page.getByRole("heading", { name: "Tidemark's REST API" }).waitFor();
    await page.getByRole("status").getByText("could not be loaded").waitFor();
    await page.locator("main").getByRole("link", { name: "OpenAPI 3.1" }).click();
    expect(new URL(page.url()).pathname).toBe("/api/v1/openapi.json");
  });

  test("an operation is tried as it is filled in, with a token that was given once", async () => {
    const ada = await world.person();
    await ada.rest("POST", "/events", { subject: "Shown", allDay: true, startTime: "2026-03-02" });
    await page.goto(`${world.url}/api/v1/docs#/Events/listEvents`);
    await page.getByRole("button", { name: "Authorize" }).first().click();
    await page.getByLabel("auth-bearer-value").fill(ada.token);
    await page.getByLabel("Apply credentials").first().click();
    await page.getByRole("button", { name: "Close" }).first().click();
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByRole("button", { name: "Execute" }).click();
    const answer = page.locator(".live-responses-table");
    await answer.getByText('"Shown"').waitFor();
    expect(await answer.locator(".response-col_status").last().innerText()).toContain("200");
    expect(faults).toEqual([]);
  });
});
