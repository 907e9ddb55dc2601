// npm run picture: the README's picture of the calendar page, made anew from the demo's week.
import path from "node:path";
import { openChromium } from "../support/chromium";
import { ROOT } from "../support/child";
import { demoMorning, startDemo } from "./demo";

const PICTURE = path.join(ROOT, ".github/calendar.png");

async function takePicture(): Promise<void> {
  const [demo, browser] = await Promise.all([startDemo(), openChromium()]);
  try {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      deviceScaleFactor: 1.5,
      locale: "en-GB",
      timezoneId: "Europe/London",
    });
    await context.clock.setFixedTime(demoMorning());
    const page = await context.newPage();
    await page.goto(`${demo.url}/#token=${demo.token}`);
    await page.getByRole("button", { name: "Week", exact: true }).click();
    for (const name of ["Ben Franklin", "Cleo Paris"]) await page.getByRole("checkbox", { name }).check();
    const secondZone = page.getByRole("combobox", { name: "Second zone in week and day" });
    await secondZone.fill("New York");
    await secondZone.press("Enter");
    await page.locator(".event").filter({ hasText: "Sales call" }).waitFor();
    await page.locator(".event").filter({ hasText: "Roadmap sync" }).waitFor();
    await page.locator('.live-mark[data-state="live"]').waitFor();
    await page.screenshot({ path: PICTURE });
    console.log(PICTURE);
  } finally {
    await browser.close();
    await demo.stop();
  }
}

void takePicture().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
