// Series on the calendar page: made in the form, changed, dragged, answered and deleted for one, some or all.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { eventsOf, make } from "../support/events";
import {
  drag,
  eventNamed,
  openEvent,
  openWeek,
  pointAt,
  save,
  setUpPages,
  twoPeople,
  violations,
} from "../support/pages";
import type { Person, World } from "../support/world";
import { clockFromToday, TODAY } from "../support/plain-sql";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

const TUESDAY = "2026-12-01";

describeInChromium("series in the calendar page", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  // By the service's clock, too: occurrences of a year ahead of it are events, and what has begun stays as it is.
  beforeAll(() => world.sql.query(clockFromToday()));
  const week = (who: Person): Promise<Page> => openWeek(browser, world, who, { now: TODAY });

  /** A weekly hour from Tuesday, ten in Paris, on. */
  async function weekly(input: object = {}): Promise<{ eventIds: string[] }> {
    const { status, body } = await ada.rest("POST", "/series", {
      subject: "Pipeline",
      startTime: "2026-12-01T10:00:00+01:00",
      endTime: "2026-12-01T11:00:00+01:00",
      timezone: "Europe/Paris",
      recurrence: { rrule: "FREQ=WEEKLY;BYDAY=TU;COUNT=4" },
      ...input,
    });
    expect({ status, body }).toMatchObject({ status: 201 });
    return { eventIds: (await eventsOf(ada)).map(({ id }) => id) };
  }

  const starts = async (who = ada): Promise<string[]> =>
    (await eventsOf(who)).map(({ startTime }) => startTime.slice(0, 16)).sort();

  const scope = (page: Page, name: RegExp | string) => page.getByRole("radio", { name });
  const question = (page: Page) => page.getByRole("dialog", { name: /a repeating event/ });

  test("the form makes a series as people say it, and shows the dates that come of it", async () => {
    const page = await week(ada);
    await drag(page, await pointAt(page, TUESDAY, "14:00"), await pointAt(page, TUESDAY, "14:45"));
    await page.getByPlaceholder("Add a title").fill("Pipeline");
    const repeats = page.locator("[name=repeat]");
    const dates = page.locator(".repeat [role=status]");
    await repeats.selectOption("month");
    const days = page.getByLabel("Which day of the month");
    expect(await days.locator("option").allInnerTexts()).toEqual(["on day 1", "on the first Tuesday"]);
    await days.selectOption("weekday");
    await eventually(async () =>
      expect(await dates.innerText()).toBe(
        "On Tue, 1 Dec 2026 · Tue, 5 Jan 2027 · Tue, 2 Feb 2027 · Tue, 2 Mar 2027 · Tue, 6 Apr 2027 …",
      ),
    );
    await repeats.selectOption("weekday");
    await eventually(async () =>
      expect(await dates.innerText()).toMatch(
        /^On Tue, 1 Dec 2026 · Wed, 2 Dec 2026 .* Fri, 4 Dec 2026 · Mon, 7 Dec/,
      ),
    );
    await repeats.selectOption("week");
    await page.getByLabel("Repeat every").fill("2");
    await page.getByRole("button", { name: "Thu", exact: true }).click();
    await page.getByLabel("The series ends").selectOption("count");
    await page.getByLabel("How many times").fill("3");
    await page.getByLabel("How many times").blur();
    expect(await dates.innerText()).toBe("On Tue, 1 Dec 2026 · Thu, 3 Dec 2026 · Tue, 15 Dec 2026");
    expect(await violations(page)).toEqual([]);
    await save(page);
    await eventNamed(page, "Pipeline").nth(1).waitFor();
    expect(await starts()).toEqual(["2026-12-01T13:00", "2026-12-03T13:00", "2026-12-15T13:00"]);
    const first = eventNamed(page, "Pipeline").first();
    expect(await first.getAttribute("aria-label")).toMatch(
      /^\S+ Pipeline, Tuesday,? 1 December 2026.*14:00.15:00, repeats$/,
    );
    await openEvent(page, "Pipeline");
    await page.getByText("Every 2 weeks on Tuesday and Thursday, 3 times").waitFor();
  });

  test("what lies beyond what is made is said to be still to come", async () => {
    await weekly({ recurrence: { rrule: "FREQ=WEEKLY;BYDAY=TU" } });
    const page = await week(ada);
    await openEvent(page, "Pipeline");
    await page.getByText("Every week on Tuesday", { exact: true }).waitFor();
    await page.getByText(/Made until .* 20\d\d; later ones are still to come: Tue/).waitFor();
  });

  test("a change asks for which it is, says how many that are and have something of their own, and can be thought better of", async () => {
    const { eventIds } = await weekly();
    await ada.rest("PATCH", `/events/${eventIds[3]}`, { subject: "Pipeline, the last" });
    const page = await week(ada);
    const rename = async (subject: string): Promise<void> => {
      await openEvent(page, "Pipeline");
      await page.getByRole("button", { name: "Edit" }).click();
      await page.getByPlaceholder("Add a title").fill(subject);
      await save(page);
      await question(page)
        .getByText("4 events, 1 of which has something of its own, which stays")
        .first()
        .waitFor();
    };
    await rename("Renamed");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await question(page).waitFor({ state: "detached" });
    expect(await page.getByPlaceholder("Add a title").inputValue()).toBe("Renamed");
    await save(page);
    await scope(page, /^All/).check();
    await question(page).getByRole("button", { name: "Save" }).click();
    await page.getByText(/Saved: \d events\./).waitFor();
    expect((await eventsOf(ada)).map(({ subject }) => subject).sort()).toEqual([
      "Pipeline, the last",
      "Renamed",
      "Renamed",
      "Renamed",
    ]);
  });

  test("a single event comes to repeat: it stays, with what its guests answered, and a series begins with the next date", async () => {
    const id = await make(ada, {
      startTime: "2026-12-01T10:00:00+01:00",
      endTime: "2026-12-01T11:00:00+01:00",
      attendees: [{ userId: ben.id }],
    });
    await ben.graphql(`mutation { respondToEvent(id: ${id}, status: "Accepted") { id } }`);
    const page = await week(ada);
    await openEvent(page, "Kick-off");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.locator("[name=repeat]").selectOption("week");
    await page.getByText("A series of the next dates begins on Tue, 8 Dec 2026").waitFor();
    await page.getByLabel("The series ends").selectOption("count");
    await page.getByLabel("How many times").fill("1");
    await page.getByLabel("How many times").blur();
    await save(page);
    await page.getByRole("alert").getByText("By this rule there is no other date.").first().waitFor();
    await page.getByLabel("How many times").fill("3");
    await page.getByLabel("How many times").blur();
    await page.getByPlaceholder("Place or link").fill("Blue room");
    expect(await violations(page)).toEqual([]);
    await save(page);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await starts()).toEqual(["2026-12-01T09:00", "2026-12-08T09:00", "2026-12-15T09:00"]);
    const [first, ...others] = (await eventsOf(ada)).sort((a, b) => (a.startTime < b.startTime ? -1 : 1));
    expect(first).toMatchObject({ id, location: "Blue room", seriesId: null });
    expect(first.attendees).toMatchObject([{ status: "Accepted" }]);
    for (const other of others)
      expect(other).toMatchObject({ location: "Blue room", attendees: [{ status: "NoResponse" }] });
  });

  test("another rule is for this and those after it, or for all", async () => {
    await weekly();
    const page = await week(ada);
    await openEvent(page, "Pipeline");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("How many times").fill("2");
    await page.getByLabel("How many times").blur();
    await save(page);
    await scope(page, /^All/).check();
    await eventually(async () => expect(await scope(page, "This event").count()).toBe(0));
    await question(page).getByRole("button", { name: "Save" }).click();
    await eventually(async () => expect(await starts()).toEqual(["2026-12-01T09:00", "2026-12-08T09:00"]));
  });

  test("dragging one asks, moves it alone or takes those after it along, and puts it back where nobody chose", async () => {
    await weekly();
    const page = await week(ada);
    await eventNamed(page, "Pipeline").waitFor();
    const dragIt = async (from: string, to: string): Promise<void> =>
      drag(page, await pointAt(page, TUESDAY, from), await pointAt(page, TUESDAY, to));
    await dragIt("10:15", "12:15");
    await question(page).getByRole("button", { name: "Cancel" }).click();
    await question(page).waitFor({ state: "detached" });
    expect((await starts())[0]).toBe("2026-12-01T09:00");
    await dragIt("10:15", "12:15");
    await question(page).getByRole("button", { name: "Move" }).click();
    await page.getByText("is now Tue 1 Dec").waitFor();
    expect((await starts()).slice(0, 2)).toEqual(["2026-12-01T11:00", "2026-12-08T09:00"]);
    await page.getByRole("button", { name: "Next" }).first().click();
    await eventNamed(page, "Pipeline").waitFor();
    await drag(page, await pointAt(page, "2026-12-08", "10:15"), await pointAt(page, "2026-12-09", "10:15"));
    await scope(page, /^This and following/).check();
    await question(page).getByRole("button", { name: "Move" }).click();
    await page.getByText("“Pipeline”: 3 events moved.").waitFor();
    expect(await starts()).toEqual([
      "2026-12-01T11:00",
      "2026-12-09T09:00",
      "2026-12-16T09:00",
      "2026-12-23T09:00",
    ]);
  });

  test("deleting this and those after it can be undone, and leaves the ones before", async () => {
    await weekly();
    const page = await week(ada);
    await page.getByRole("button", { name: "Next" }).first().click();
    const remove = async (): Promise<void> => {
      await openEvent(page, "Pipeline");
      await page.getByRole("button", { name: "Delete" }).click();
      await question(page).getByText("3 events").waitFor();
      await scope(page, /^This and following/).check();
      await question(page).getByRole("button", { name: "Delete" }).click();
      await page.getByText("Deleting 3 events of “Pipeline”.").waitFor();
      await eventNamed(page, "Pipeline").waitFor({ state: "detached" });
    };
    await remove();
    await page.getByRole("button", { name: "Undo" }).click();
    await eventNamed(page, "Pipeline").waitFor();
    expect(await starts()).toHaveLength(4);
    await remove();
    await page.goto("about:blank");
    await eventually(async () => expect(await starts()).toEqual(["2026-12-01T09:00"]));
  });

  test("whoever is invited answers one or all, changes only the one before them, and leaves all at once", async () => {
    await weekly({ attendees: [{ userId: ben.id }] });
    const page = await week(ben);
    await openEvent(page, "Pipeline");
    await page.getByRole("button", { name: "Maybe" }).click();
    await scope(page, /^All/).check();
    await question(page).getByRole("button", { name: "Answer" }).click();
    await page.locator('[aria-pressed="true"]', { hasText: "Maybe" }).waitFor();
    const answers = async (): Promise<string[]> =>
      (await eventsOf(ada)).map(({ attendees }) => attendees[0].status);
    expect(await answers()).toEqual(["Tentative", "Tentative", "Tentative", "Tentative"]);
    await page.getByRole("button", { name: "Yes" }).click();
    await question(page).getByRole("button", { name: "Answer" }).click();
    await page.locator('[aria-pressed="true"]', { hasText: "Yes" }).waitFor();
    expect((await answers()).sort()).toEqual(["Accepted", "Tentative", "Tentative", "Tentative"]);
    await page.getByRole("button", { name: "Leave" }).click();
    await scope(page, /^All/).check();
    await question(page).getByRole("button", { name: "Leave" }).click();
    await page.getByText("You are leaving 4 events of “Pipeline”.").waitFor();
    await page.goto("about:blank");
    await eventually(async () => expect(await eventsOf(ben)).toEqual([]));
    expect(await answers()).toEqual(["Declined", "Declined", "Declined", "Declined"]);
  });
});
