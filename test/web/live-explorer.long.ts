// Live updates as a front-end developer tries them: two browsers on two instances, GraphiQL in both; what the one edits,
// the other sees.
import type { Browser, Page } from "playwright-core";
import { describeInChromium, openChromium, PATIENCE_MS } from "../support/chromium";
import { openWorld, type World } from "../support/world";

let browser: Browser;

/** GraphiQL of an instance, with the tab of an example in front and somebody's token under Headers. */
async function openExample(url: string, name: string, token: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(`${url}/graphql?ui=graphiql`);
  // GraphiQL's editor is there.
  await page.locator(".CodeMirror-code").getByText("query").first().waitFor();
  await page.locator(".graphiql-tab-button").getByText(name, { exact: true }).click();
  await page.getByRole("button", { name: "Headers" }).click();
  await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(`{"Authorization": "Bearer ${token}"}`);
  return page;
}

const run = (page: Page): Promise<void> => page.locator(".graphiql-execute-button").click();
const answer = (page: Page) => page.locator(".result-window .CodeMirror-code");

describeInChromium("in GraphiQL", () => {
  let world: World;
  let other: { url: string; close: () => Promise<void> };

  beforeAll(async () => {
    world = await openWorld();
    other = await world.instance();
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser.close();
    await other.close();
    await world.close();
  });

  test("two browsers on two instances: what one creates, the other sees", async () => {
    const ada = await world.person();
    const watcher = await openExample(world.url, "EventChanged", ada.token);
    const stream = watcher.waitForResponse((reply) => reply.request().method() === "POST");
    await run(watcher);
    await stream;
    const editor = await openExample(other.url, "CreateEvent", ada.token);
    await run(editor);
    await answer(editor).getByText("Kick-off").waitFor();
    await answer(watcher).getByText('"Kick-off"').waitFor();
    expect(await answer(watcher).innerText()).toContain('"watermark"');
  });
});
