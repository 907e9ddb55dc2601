// The page at /api/v1/docs as an engineer opens it: the document's operations in a browser that lets it load and call
// nothing but the service, and one of them tried with a token.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { OPEN_ROUTES } from "../src/rest/openapi/served";
import { ROUTES } from "../src/rest/routes";
import { openWorld, type World } from "./support/world";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

const missing = existsSync(CHROMIUM) ? "" : `SKIPPED: there is no ${CHROMIUM}; `;
if (missing && process.env.TIDEMARK_NO_SKIPS) throw new Error(`There is no ${CHROMIUM}.`);
if (missing) console.warn(`${missing}the page is not tested in a browser. apt-get install chromium`);
const inChromium = missing ? test.skip : test;

let world: World;
let browser: Browser;
let page: Page;
/** Addresses outside the service that were asked for, and what a developer would see in red. */
let faults: string[];

beforeAll(async () => {
  world = await openWorld();
  if (!missing) browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
afterAll(async () => {
  await browser?.close();
  await world.close();
});

beforeEach(async () => {
  if (missing) return;
  faults = [];
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  context.setDefaultTimeout(15_000);
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

test("the page's policy lets it load and call nothing but the service", async () => {
  const reply = await fetch(`${world.url}/api/v1/docs`);
  const policy = reply.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:/);
  const files = [...(await reply.text()).matchAll(/(?:src|href)="(\/api\/v1\/docs\/assets\/[^"]+)"/g)];
  expect(files.length).toBe(5);
  for (const [, file] of files) {
    const asset = await fetch(world.url + file);
    expect([file, asset.status]).toEqual([file, 200]);
    expect(asset.headers.get("cache-control")).toContain("immutable");
  }
});

inChromium("the page shows every operation, and asks nobody but the service", async () => {
  await page.goto(`${world.url}/api/v1/docs`);
  await page.locator(".opblock").first().waitFor();
  expect(await page.locator(".opblock").count()).toBe(ROUTES.length + OPEN_ROUTES.length);
  expect(faults).toEqual([]);
});

inChromium("an operation is tried as it is filled in, with a token that was given once", async () => {
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
