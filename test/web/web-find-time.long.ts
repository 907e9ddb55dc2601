// Finding a time in the form of an event: who is asked, what is shown as long as it is true, and what choosing one does.
import type { Browser, Page, Route } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { eventsOf, make } from "../support/events";
import { eventNamed, openEvent, openWeek, save, setUpPages, violations } from "../support/pages";
import type { Person, World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

describeInChromium("finding a time", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    const organisationId = await world.organisation();
    // The pages' clock is in Paris; Ben is six hours behind.
    ada = await world.person({
      name: "Ada Lovelace",
      organisationId,
      role: "admin",
      timezone: "Europe/Paris",
    });
    ben = await world.person({ name: "Ben Franklin", organisationId, timezone: "America/New_York" });
  });

  const busy = (person: Person, startTime: string, endTime: string) =>
    make(person, { subject: "Taken", startTime, endTime, attendees: [] });

  async function openForm(...names: string[]): Promise<Page> {
    const page = await openWeek(browser, world, ada);
    await page.keyboard.press("n");
    await page.getByPlaceholder("Add a title").fill("Renewal");
    for (const name of names) await invite(page, name);
    await page.getByRole("button", { name: "Find a time" }).click();
    return page;
  }

  async function invite(page: Page, name: string): Promise<void> {
    await page.getByRole("combobox", { name: "Add guests" }).fill(name);
    await page
      .getByRole("option", { name: new RegExp(name) })
      .first()
      .click();
  }

  const seek = (page: Page) => page.getByRole("button", { name: "Show times" }).click();
  const times = (page: Page) => page.locator(".find-times button");
  const first = async (page: Page): Promise<string> =>
    (await times(page).first().innerText()).replace(/\s+/g, " ");

  test("where a day has 24 hours, nine o'clock is written alike on everybody's clock", async () => {
    const page = await openForm("Ben");
    await seek(page);
    await times(page).first().waitFor();
    expect(await first(page)).toMatch(/15:00–16:00 .*\b09:00 for Ben Franklin \(New York\)/);
  });

  test("it is one at which everybody who must be there is free and at work, on everybody's clock, and choosing it fills the form in", async () => {
    await busy(ada, "2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z");
    const page = await openForm("Ben");
    await seek(page);
    // Ben begins at 15:00 in Paris; Ada has no time before 16:00.
    await times(page).first().waitFor();
    expect(await first(page)).toMatch(/^Mon,? 2 Mar,? 16:00–17:00 .*10:00 for Ben Franklin \(New York\)/);
    expect(await violations(page)).toEqual([]);
    await times(page).first().click();
    expect(await times(page).count()).toBe(0);
    // Whoever has no mouse goes on from where they were.
    expect(await page.evaluate("document.activeElement.textContent.trim()")).toBe("Find a time");
    await page.getByText(/^Chosen: Mon,? 2 Mar/).waitFor();
    await save(page);
    await eventNamed(page, "Renewal").waitFor();
    const [event] = (await eventsOf(ada)).filter(({ subject }) => subject === "Renewal");
    expect([event?.startTime, event?.endTime]).toEqual([
      "2026-03-02T15:00:00.000Z",
      "2026-03-02T16:00:00.000Z",
    ]);
  });

  test("who is not ticked may be missing, and is told of; where there is no time the page says who is in the way", async () => {
    await busy(ben, "2026-03-02T05:00:00Z", "2026-03-20T23:00:00Z");
    const page = await openForm("Ben");
    await seek(page);
    await page.getByText("In the way: Ben Franklin.").waitFor();
    await page.getByRole("checkbox", { name: "Ben Franklin", exact: true }).uncheck();
    await seek(page);
    await times(page).first().waitFor();
    expect(await first(page)).toContain("without Ben Franklin");
  });

  test("a room is booked with the time, and one that is on the list already is asked for", async () => {
    const thames = { kind: "room", name: "Thames", email: "thames@demo.test", timezone: "UTC", capacity: 6 };
    const add = "mutation Add($input: UserInput!) { createUser(input: $input) { id } }";
    expect((await ada.graphql(add, { input: thames })).errors).toBeUndefined();
    await make(ada, {
      subject: "Board",
      startTime: "2026-03-02T09:00:00Z",
      endTime: "2026-03-02T12:00:00Z",
      showAs: "free",
      attendees: [{ emailAddress: "thames@demo.test" }],
    });
    const page = await openForm("Thames");
    const room = page.getByRole("combobox", { name: "Room", exact: true });
    expect(await room.locator("option:checked").innerText()).toContain("Thames");
    await room.selectOption({ label: "Any room that is large enough" });
    await seek(page);
    await times(page).first().waitFor();
    expect(await first(page)).toContain("free: Thames");
    await times(page).first().click();
    await save(page);
    await eventNamed(page, "Renewal").waitFor();
    const [event] = (await eventsOf(ada)).filter(({ subject }) => subject === "Renewal");
    expect(event?.attendees).toMatchObject([
      { emailAddress: "thames@demo.test", status: "Accepted", type: "resource" },
    ]);
  });

  test("times found for other guests or another length are shown no more, even where their answer comes late", async () => {
    const page = await openForm();
    await seek(page);
    await times(page).first().waitFor();
    await invite(page, "Ben");
    await eventually(async () => expect(await times(page).count()).toBe(0));
    const held: Route[] = [];
    await page.route("**/graphql", (route) =>
      route.request().postData()?.includes("FindTimes") ? void held.push(route) : route.fallback(),
    );
    await seek(page);
    await eventually(() => expect(held.length).toBe(1));
    await page.getByRole("combobox", { name: "How long" }).selectOption("120");
    const answered = page.waitForResponse((response) =>
      Boolean(response.request().postData()?.includes("FindTimes")),
    );
    await held[0]?.continue();
    await answered;
    await page.getByRole("button", { name: "Show times" }).waitFor();
    expect(await times(page).count()).toBe(0);
  });

  test("an event that is moved is in nobody's way", async () => {
    await make(ada, {
      subject: "Planning",
      startTime: "2026-03-02T09:00:00Z",
      endTime: "2026-03-02T17:00:00Z",
    });
    const page = await openWeek(browser, world, ada);
    await openEvent(page, "Planning");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("button", { name: "Find a time" }).click();
    await page.getByRole("combobox", { name: "How long" }).selectOption("60");
    await seek(page);
    await times(page).first().waitFor();
    expect(await first(page)).toMatch(/^Mon,? 2 Mar,? 10:00–11:00/);
  });
});
