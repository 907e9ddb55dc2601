// Live updates as a front-end developer tries them: two browsers on two instances, GraphiQL in both; what the one edits,
// the other sees.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { openWorld, type World } from "./support/world";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

const missing = existsSync(CHROMIUM) ? "" : `SKIPPED: there is no ${CHROMIUM}; `;
if (missing) console.warn(`${missing}nothing in a browser is tested. apt-get install chromium`);
const inChromium = missing ? test.skip : test;

let world: World;
let other: { url: string; close: () => Promise<void> };
let browser: Browser;

beforeAll(async () => {
  if (missing) return;
  world = await openWorld();
  other = await world.instance();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
afterAll(async () => {
  if (missing) return;
  await browser.close();
  await other.close();
  await world.close();
});

/** GraphiQL of an instance, with the tab of an example in front and somebody's token under Headers. */
async function openExample(url: string, name: string, token: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  await page.goto(`${url}/graphql?ui=graphiql`);
  await page.locator(".graphiql-tab-button").getByText(name, { exact: true }).click();
  await page.getByRole("button", { name: "Headers" }).click();
  await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(`{"Authorization": "Bearer ${token}"}`);
  return page;
}

const run = (page: Page): Promise<void> => page.locator(".graphiql-execute-button").click();
const answer = (page: Page) => page.locator(".result-window .CodeMirror-code");

inChromium("two browsers on two instances: what one creates, the other sees within a second", async () => {
  const ada = await world.person();
  const watcher = await openExample(world.url, "EventChanged", ada.token);
  const stream = watcher.waitForResponse((reply) => reply.request().method() === "POST");
  await run(watcher);
  await stream;
  const editor = await openExample(other.url, "CreateEvent", ada.token);
  await run(editor);
  await answer(editor).getByText("Kick-off").waitFor();
  await answer(watcher).getByText('"Kick-off"').waitFor({ timeout: 1_000 });
  expect(await answer(watcher).innerText()).toContain('"watermark"');
});
