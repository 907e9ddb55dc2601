// Where the calendar page is, and the ways there: addresses, Back and Forward, search, keys.
import type { Browser, Locator, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { make } from "../support/events";
import {
  boxOf,
  drag,
  eventNamed,
  live,
  openEvent,
  openPage,
  openWeek,
  setUpPages,
  show,
  twoPeople,
  violations,
} from "../support/pages";
import type { Person, World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

describeInChromium("the ways through the calendar page", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  const title = (page: Page, text: string) => page.getByRole("heading", { level: 1, name: text }).waitFor();
  const back = (page: Page) => page.evaluate("history.back()");
  const forward = (page: Page) => page.evaluate("history.forward()");

  test("a view and a date have an address, which Back and Forward lead through; what it cannot say is passed over", async () => {
    const page = await openPage(browser, world, ada, { path: "/?view=week&date=2026-12-01" });
    await title(page, "30 November – 6 December 2026");
    await show(page, "Month");
    await title(page, "December 2026");
    await page.waitForURL("**/?view=month&date=2026-12-01");
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await title(page, "January 2027");
    await back(page);
    await title(page, "December 2026");
    await back(page);
    await title(page, "30 November – 6 December 2026");
    await forward(page);
    await title(page, "December 2026");
    await page.reload();
    await title(page, "December 2026");
    await page.goto(`${world.url}/?view=fortnight&date=2026-02-31`);
    await title(page, "March 2026");
  });

  test("an event has an address: it opens with its day behind it, Back closes it, Forward opens it again", async () => {
    const id = await make(ben, {
      subject: "Open house",
      startTime: "2026-05-05T10:00Z",
      endTime: "2026-05-05T11:00Z",
    });
    const page = await openPage(browser, world, ada, { path: `/?event=${id}` });
    const dialog = page.getByRole("dialog", { name: "Open house" });
    await dialog.waitFor();
    await page.waitForURL(`**/?event=${id}`);
    await title(page, "4 – 10 May 2026");
    expect(await page.getByRole("button", { name: "Edit" }).count()).toBe(0);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy link to this event" }).click();
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(`${world.url}/?event=${id}`);
    await back(page);
    await dialog.waitFor({ state: "detached" });
    await forward(page);
    await dialog.waitFor();
    await page.reload();
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.goto(`${world.url}/?event=999999`);
    await page.getByText("That event is not there, or not for you to see.").waitFor();
  });

  test("rows of /sync lead to their event", async () => {
    await make(ada);
    const page = await openPage(browser, world, ada, { path: "/sync" });
    await page.getByRole("link", { name: "Kick-off" }).click();
    await page.getByRole("dialog", { name: "Kick-off" }).waitFor();
  });

  test("a slash searches the calendars that are shown, or the organisation, and tells what comes before what was", async () => {
    await make(ada, { subject: "Budget review", location: "Room 4" });
    await make(ada, {
      subject: "Budget draft",
      startTime: "2026-02-02T10:00Z",
      endTime: "2026-02-02T11:00Z",
    });
    await make(ben, { subject: "Budget of Ben" });
    await make(ben, { subject: "Budget, secret", private: true });
    const page = await openWeek(browser, world, ada);
    await page.keyboard.press("/");
    await page.getByLabel("Words of an event").fill("budg");
    const found = page.locator(".results button");
    await found.nth(1).waitFor();
    expect(await found.allInnerTexts()).toEqual([
      expect.stringMatching(/^Budget review\s+Mon,? 2 Mar 2026, .*:00 · Room 4$/),
      expect.stringMatching(/^Budget draft/),
    ]);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("All of the organisation").check();
    await found.nth(2).waitFor();
    expect(await page.getByText("secret").count()).toBe(0);
    await page.getByLabel("Words of an event").fill("nothing such");
    await page.getByText("Nothing has “nothing such” in it.").waitFor();
    await page.getByLabel("Words of an event").fill("draft");
    await found.filter({ hasText: "Budget draft" }).click();
    await page.getByRole("dialog", { name: "Budget draft" }).waitFor();
    await title(page, "2 – 8 February 2026");
  });

  test("weekends and what was declined can be left out, also after a reload, and a legend says what the looks mean", async () => {
    await make(ada);
    await make(ben, { subject: "Not for me", attendees: [{ userId: ada.id, status: "Declined" }] });
    const page = await openWeek(browser, world, ada);
    await eventNamed(page, "Not for me").waitFor();
    await page.getByText("What the looks mean").click();
    await page.locator(".legend-look", { hasText: "Perhaps" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("What I have declined").uncheck();
    await page.getByLabel("Saturdays and Sundays").uncheck();
    const bare = async (): Promise<void> => {
      await eventNamed(page, "Not for me").waitFor({ state: "detached" });
      await eventNamed(page, "Kick-off").waitFor();
      await eventually(async () =>
        expect(await page.locator("[role=columnheader][data-date]").count()).toBe(5),
      );
    };
    await bare();
    await page.reload();
    await bare();
  });

  test("the day of several people has a column for each, with their hours; there an event keeps its column, and a new one invites them", async () => {
    await make(ada);
    await make(ben, { subject: "Mine", attendees: [{ userId: ada.id }] });
    const page = await openPage(browser, world, ada, { path: "/?view=day&date=2026-03-02" });
    await live(page);
    await page.getByRole("checkbox", { name: "Ben Franklin" }).check();
    const heads = page.locator(".person-head");
    await heads.nth(1).waitFor();
    expect(await heads.allInnerTexts()).toEqual([
      expect.stringContaining("Ada Lovelace"),
      expect.stringContaining("Ben Franklin"),
    ]);
    await title(page, "Monday, 2 March 2026");
    // Both have it, each in their column.
    await eventNamed(page, "Mine").nth(1).waitFor();
    expect(await page.locator(".off-hours").count()).toBeGreaterThan(3);
    const box = async (what: Locator): Promise<{ x: number; y: number; width: number }> => boxOf(what);
    const [kickOff, bensHead] = [await box(eventNamed(page, "Kick-off")), await box(heads.nth(1))];
    const from = { x: kickOff.x + 20, y: kickOff.y + 10 };
    const hour = (await boxOf(page.locator('[data-time="11:00:00"]').last())).y - kickOff.y;
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x, from.y + hour, { steps: 8 });
    // While it is dragged it tells from when to when it would be.
    await eventNamed(page, "11:00–12:00").waitFor();
    await page.mouse.up();
    await page.getByText("“Kick-off” is now Mon 2 Mar, 11:00").waitFor();
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await title(page, "Tuesday, 3 March 2026");
    await eventNamed(page, "Mine").first().waitFor({ state: "detached" });
    await drag(page, { x: bensHead.x + 30, y: from.y }, { x: bensHead.x + 30, y: from.y + hour });
    const dialog = page.getByRole("dialog", { name: "New event" });
    await dialog.getByText(ben.email).waitFor();
    expect(await page.getByLabel("Starts on").inputValue()).toBe("2026-03-03");
    expect(await violations(page)).toEqual([]);
  });

  test("what of a series has not been made yet is shown as to come, and is no event", async () => {
    const input = { startTime: "2026-03-03T10:00:00Z", endTime: "2026-03-03T11:00:00Z", subject: "Weekly" };
    await ada.rest("POST", "/series", { ...input, recurrence: { rrule: "FREQ=WEEKLY" } });
    const page = await openPage(browser, world, ada, { path: "/?view=month&date=2030-03-01" });
    const coming = page.locator(".event.to-come");
    await coming.nth(3).waitFor();
    await coming.first().click();
    await page.getByText("It is still to come").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  test("keys: the first stop leads to the calendar, a question mark tells the keys, and what has the focus is moved and deleted", async () => {
    await make(ada);
    const page = await openWeek(browser, world, ada);
    await page.reload();
    await live(page);
    await eventNamed(page, "Kick-off").waitFor();
    await page.keyboard.press("Tab");
    await page.getByRole("link", { name: "To the calendar" }).and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Enter");
    for (let stops = 0; stops < 12; stops++) {
      if ((await page.locator(".event:focus").count()) > 0) break;
      await page.keyboard.press("Tab");
    }
    await page.locator(".event:focus").waitFor();
    // The grid is one stop; arrows go through it.
    expect(await page.locator('.grid :is([role=button], [role=link])[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press("ArrowUp");
    await page.locator(".grid [role=link]:focus").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.getByRole("button", { name: /Kick-off,? Monday|Kick-off, Monday, 2 March 2026/ }).waitFor();
    await page.locator(".event:focus").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).getByText("New event").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await openEvent(page, "Kick-off");
    await page.keyboard.press("Escape");
    await page.locator(".event:focus").waitFor();
    await page.keyboard.press("Shift+ArrowRight");
    await page.getByText("is now Tue 3 Mar, 10:00").waitFor();
    await page.locator(".event:focus").waitFor();
    await page.keyboard.press("Shift+ArrowDown");
    await page.getByText("is now Tue 3 Mar, 10:15").waitFor();
    await page.locator(".event:focus").waitFor();
    await page.keyboard.press("Delete");
    await page.getByText("Deleting “Kick-off”.").waitFor();
    // What was done to it before is not to be undone any more.
    expect(await page.getByText("is now Tue").count()).toBe(0);
    await eventNamed(page, "Kick-off").waitFor({ state: "detached" });
    await live(page);
  });
});
