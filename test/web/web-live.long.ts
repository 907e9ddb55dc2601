// The calendar page while others are at work and the service comes and goes: live updates between pages, the note that
// the connection is gone, and everything that happened meanwhile once it is back.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { change, eventsOf, make } from "../support/events";
import {
  eventNamed,
  openEvent,
  openPage,
  openWeek,
  save,
  setUpPages,
  show,
  twoPeople,
} from "../support/pages";
import type { Person, World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

describeInChromium("the calendar page, live", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  const week = (who: Person, url = world.url): Promise<Page> => openWeek(browser, world, who, { url });
  const state = (page: Page, name: string): Promise<void> =>
    page.locator(`.live-mark[data-state="${name}"]`).waitFor();

  test("what one page makes, changes and deletes appears in another without a touch", async () => {
    const [mine, theirs] = [await week(ada), await week(ben)];
    await mine.keyboard.press("n");
    await mine.getByPlaceholder("Add a title").fill("Together");
    await mine.getByRole("combobox", { name: "Add guests" }).fill(ben.email);
    await mine.getByRole("option", { name: "Ben Franklin" }).click();
    await save(mine);
    await eventNamed(theirs, "Together").waitFor();
    await openEvent(theirs, "Together");
    const [{ id }] = (await eventsOf(ada)) as [{ id: string }];
    await change(ada, id, { location: "Room 12" });
    await theirs.getByText("Room 12").waitFor();
    await ada.rest("DELETE", `/events/${id}`);
    await theirs.getByText("This event has been deleted").waitFor();
    await theirs.keyboard.press("Escape");
    await eventNamed(theirs, "Together").waitFor({ state: "detached" });
  });

  test("a program that writes in plain SQL is seen too", async () => {
    const page = await week(ada);
    await world.sql.query(
      `insert into event (organisation_id, owner_id, subject, start_time, end_time)
       values ($1, $2, 'From SQL', '2026-03-04T09:00:00Z', '2026-03-04T10:00:00Z')`,
      [ada.organisationId, ada.id],
    );
    await eventNamed(page, "From SQL").waitFor();
  });

  test("an instance that stops is noted quietly; what happened meanwhile is there when another takes its place", async () => {
    const deleted = await make(ada, { subject: "Deleted meanwhile" });
    const instance = await world.instance();
    const page = await week(ada, instance.url);
    await eventNamed(page, "Deleted meanwhile").waitFor();
    await instance.close();
    await state(page, "lost");
    await ada.rest("DELETE", `/events/${deleted}`);
    await make(ada, { subject: "Made meanwhile" });
    await page.keyboard.press("n");
    await page.getByPlaceholder("Add a title").fill("Typed while offline");
    await save(page);
    await page.getByText("It was not saved. The service cannot be reached right now.").waitFor();
    // The same address, as a service that is started again has it.
    await page.route(`${instance.url}/**`, async (route) => {
      const url = route.request().url().replace(instance.url, world.url);
      const headers = {
        ...(await route.request().allHeaders()),
        origin: world.url,
        host: new URL(world.url).host,
      };
      await route.fulfill({ response: await route.fetch({ url, headers }) });
    });
    await page.routeWebSocket(/graphql/, (socket) => socket.connectToServer());
    await save(page);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect((await eventsOf(ada)).map(({ subject }) => subject).sort()).toEqual([
      "Made meanwhile",
      "Typed while offline",
    ]);
  });

  test("a network that goes and comes back is taken up from where it was left", async () => {
    const id = await make(ada, { subject: "Before" });
    const page = await week(ada);
    await eventNamed(page, "Before").waitFor();
    await page.context().setOffline(true);
    await state(page, "lost");
    await change(ada, id, { subject: "After" });
    await page.context().setOffline(false);
    await state(page, "live");
    await eventNamed(page, "After").waitFor();
  });

  test("going where nothing was loaded while the service is away is said, and made good when it is back", async () => {
    await make(ada, { subject: "Far", startTime: "2026-08-03T09:00:00Z", endTime: "2026-08-03T10:00:00Z" });
    const page = await week(ada);
    await page.context().setOffline(true);
    await state(page, "lost");
    await show(page, "Month");
    for (let month = 3; month < 8; month++)
      await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByRole("alert").getByText("What you see may be incomplete").waitFor();
    await page.context().setOffline(false);
    await eventNamed(page, "Far").waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  test("the neighbours of what is in view are there already when one goes there", async () => {
    await make(ada, {
      subject: "Next month",
      startTime: "2026-04-20T09:00:00Z",
      endTime: "2026-04-20T10:00:00Z",
    });
    const page = await openPage(browser, world, ada);
    await show(page, "Month");
    // What the first page asked for is not to be counted with what the second one asks for.
    await page.goto("about:blank");
    let lists = 0;
    page.on("requestfinished", (request) => {
      if (request.postData()?.includes("EventsBetween")) lists++;
    });
    await page.goto(world.url);
    await eventually(() => Promise.resolve(expect(lists).toBeGreaterThanOrEqual(3)));
    await page.route("**/graphql", (route) => route.abort());
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await eventNamed(page, "Next month").waitFor();
  });

  test("what a colleague changes in a calendar that is shown is seen when it is loaded again", async () => {
    const id = await make(ben, { subject: "Ben's own" });
    const page = await week(ada);
    await page.getByRole("checkbox", { name: "Ben Franklin" }).check();
    await eventNamed(page, "Ben's own").waitFor();
    await change(ben, id, { subject: "Ben's changed" });
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await eventNamed(page, "Ben's changed").waitFor();
    await eventually(async () => expect(await eventNamed(page, "Ben's own").count()).toBe(0));
  });
});
