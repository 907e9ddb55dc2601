// The words of a meeting on the calendar page: what it makes of the time, where to join it, its type, and that it is cancelled.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { eventNamed, openEvent, openWeek, save, setUpPages, twoPeople, violations } from "../support/pages";
import { eventsOf, make, read } from "../support/events";
import type { Person, World } from "../support/world";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

const { SCREENSHOTS } = process.env;
const picture = async (page: Page, name: string): Promise<void> => {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
};

describeInChromium("the words of a meeting on the page", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  test("are written in the form, and the event's card shows them", async () => {
    await make(ada, { subject: "Demo" });
    await make(ada, {
      subject: "Busy one",
      startTime: "2026-03-03T10:00:00Z",
      endTime: "2026-03-03T11:00:00Z",
    });
    const page = await openWeek(browser, world, ada);
    await openEvent(page, "Demo");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Video link").fill("meet.example/a");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("A video link begins with https://").waitFor();
    await page.getByLabel("Video link").fill("https://meet.example/a");
    await page.getByLabel("Show as").selectOption("Free");
    await page.getByLabel("Status").selectOption("Tentative");
    await page.getByLabel("Type").fill("Discovery call");
    await picture(page, "form");
    expect(await violations(page)).toEqual([]);
    await save(page);
    await eventNamed(page, "Demo").and(page.locator(".free")).waitFor();
    const [event] = (await eventsOf(ada)).filter(({ subject }) => subject === "Demo");
    expect(event).toMatchObject({
      ...{
        showAs: "free",
        status: "tentative",
        type: "Discovery call",
        conferenceUrl: "https://meet.example/a",
      },
    });
    await picture(page, "week");
    expect(await violations(page)).toEqual([]);
    await openEvent(page, "Demo");
    await page.getByText("Discovery call · Tentative · Shown as free").waitFor();
    expect(await page.getByRole("link", { name: "https://meet.example/a" }).getAttribute("href")).toBe(
      "https://meet.example/a",
    );
    await picture(page, "card");
    expect(await violations(page)).toEqual([]);
  });

  test("an event that is cancelled in the form goes from the calendar, and comes back when it is confirmed elsewhere", async () => {
    const id = await make(ada, { subject: "Called off" });
    const page = await openWeek(browser, world, ada);
    await openEvent(page, "Called off");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Status").selectOption("Cancelled");
    await page.getByText("in nobody’s calendar").waitFor();
    await save(page);
    await eventNamed(page, "Called off").waitFor({ state: "detached" });
    await ada.graphql("mutation($id: ID!) { updateEvent(id: $id, input: { status: null }) { id } }", { id });
    await eventNamed(page, "Called off").waitFor();
  });

  test("a guest's form has no say in what the event makes of the time", async () => {
    const id = await make(ada, { subject: "Shared", guestsCanEdit: true, attendees: [{ userId: ben.id }] });
    const page = await openWeek(browser, world, ben);
    await openEvent(page, "Shared");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Video link").waitFor();
    expect(await page.getByLabel("Show as").count()).toBe(0);
    expect(await page.getByLabel("Status").count()).toBe(0);
    await page.getByLabel("Type").fill("Call");
    await save(page);
    await page.getByText("Saved.").waitFor();
    expect(await read(ada, id)).toMatchObject({ type: "Call", showAs: "busy" });
  });

  test("a cancelled meeting is struck on a record's timeline", async () => {
    const { body } = await ada.rest("POST", "/contacts", { name: "Dana", email: "dana@y.co" });
    await make(ada, {
      subject: "Called off",
      status: "cancelled",
      relatedTo: [{ type: "Contact", id: body.id }],
    });
    const page = await openWeek(browser, world, ada);
    await page.goto(`${world.url}/records/Contact/${body.id}`);
    await page.getByRole("heading", { name: "Called off" }).waitFor();
    const line = await page.evaluate(
      "getComputedStyle(document.querySelector('.meeting h4')).textDecorationLine",
    );
    expect(line).toBe("line-through");
    await picture(page, "timeline");
    expect(await violations(page)).toEqual([]);
  });
});
