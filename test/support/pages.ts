// The pages in a browser, as one person has them open: signed in, at a known time.
import { readFileSync } from "node:fs";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { openChromium, PATIENCE_MS } from "./chromium";
import { openWorld, type Person, type World } from "./world";

/** A Monday, ten in the morning in Paris. */
export const NOW = "2026-03-02T09:00:00Z";

const faults = new WeakMap<Page, string[]>();

interface Opening extends BrowserContextOptions {
  path?: string;
  /** Where else than the world's own instance. */
  url?: string;
  now?: string;
}

export type View = "Month" | "Week" | "Day" | "Agenda";

/** Opens the calendar (or another page) as a person; null opens it signed out. */
export async function openPage(
  browser: Browser,
  world: World,
  person: Person | null,
  { path: where = "/", url = world.url, now = NOW, ...options }: Opening = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Paris",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.clock.setFixedTime(now);
  const page = await context.newPage();
  watch(page);
  await page.goto(`${url}${where}${person ? `#token=${person.token}` : ""}`);
  return page;
}

/** What a developer would see in red: exceptions, console errors, violations of the policy. */
function watch(page: Page): void {
  faults.set(page, []);
  page.on("pageerror", (error) => faults.get(page)?.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    // The browser's own lines about requests that failed are looked at where the request is.
    if (message.type() === "error" && !/^Failed to load resource|WebSocket connection/.test(text))
      faults.get(page)?.push(text);
  });
}

/** Takes off a page's faults what its policy refused; answers whether there was any. */
export function forgiveRefusals(page: Page): boolean {
  const found = faults.get(page) ?? [];
  const others = found.filter((text) => !text.includes("violates the following Content Security Policy"));
  faults.set(page, others);
  return others.length < found.length;
}

async function closePages(browser: Browser): Promise<void> {
  const pages = browser.contexts().flatMap((context) => context.pages());
  const found = pages.flatMap((page) => faults.get(page) ?? []);
  for (const context of browser.contexts()) await context.close();
  expect(found).toEqual([]);
}

/** For a file of tests: a world and a browser, told to `set` once they are there. No page may end with faults. */
export function setUpPages(set: (world: World, browser: Browser) => void): void {
  let world: World | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    [world, browser] = await Promise.all([openWorld(), openChromium()]);
    set(world, browser);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });
  afterEach(() => browser && closePages(browser));
}

/** Ada and Ben, of an organisation of their own. */
export async function twoPeople(world: World): Promise<[ada: Person, ben: Person]> {
  const organisationId = await world.organisation();
  const ada = await world.person({ name: "Ada Lovelace", organisationId });
  return [ada, await world.person({ name: "Ben Franklin", organisationId })];
}

/** The calendar's week, with changes coming in. */
export async function openWeek(
  browser: Browser,
  world: World,
  person: Person,
  opening: Opening = {},
): Promise<Page> {
  const page = await openPage(browser, world, person, opening);
  await show(page, "Week");
  await live(page);
  return page;
}

/** The next so many requests with this operation are done, and their answers lost. */
export async function loseAnswers(page: Page, operation: string, times = 1): Promise<void> {
  let lost = 0;
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes(operation) || lost++ >= times) return route.fallback();
    await route.fetch();
    return route.abort("connectionreset");
  });
}

/** The page is there, and changes come in. */
export async function live(page: Page): Promise<void> {
  await page.locator('.live-mark[data-state="live"]').waitFor();
}

export async function show(page: Page, view: View): Promise<void> {
  await page.getByRole("button", { name: view, exact: true }).click();
}

/** An event in the grid, by a part of its text. */
export const eventNamed = (page: Page, text: string) => page.locator(".event").filter({ hasText: text });

/** Where something is; waits for it, as what is drawn anew is nowhere for a moment. */
export async function boxOf(what: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  for (;;) {
    await what.waitFor();
    const box = await what.boundingBox();
    if (box) return box;
  }
}

export async function openEvent(page: Page, text: string): Promise<void> {
  await eventNamed(page, text).first().click();
  await page.getByRole("dialog").waitFor();
}

/** A point in the week or day view: the middle of a day's column at a time of its clock. */
export async function pointAt(page: Page, date: string, time: string): Promise<{ x: number; y: number }> {
  const minute = Number(time.slice(3));
  const slot = page.locator(`[data-time="${time.slice(0, 3)}${minute < 30 ? "00" : "30"}:00"]`).last();
  await slot.scrollIntoViewIfNeeded();
  const line = await boxOf(slot);
  const column = await boxOf(page.locator(`[role=columnheader][data-date="${date}"]`));
  return { x: column.x + column.width / 2, y: line.y + 1 + (line.height * (minute % 30)) / 30 };
}

export async function drag(
  page: Page,
  from: { x: number; y: number },
  to: { x: number; y: number },
): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 6 });
  await page.mouse.move(to.x, to.y, { steps: 6 });
  await page.mouse.up();
}

export async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save", exact: true }).click();
}

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with the page as it stands. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE};0`);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } };
    const { violations: found } = await axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 150)).join(" … ")}`);
  });
}

interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}
