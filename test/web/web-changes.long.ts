// The calendar page where events are changed: by dragging and in the form, by two people at once, answered, left,
// deleted; and what colleagues may see of each other.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { change, eventsOf, make, read } from "../support/events";
import {
  boxOf,
  drag,
  eventNamed,
  openEvent,
  openPage,
  openWeek,
  pointAt,
  save,
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

const { SCREENSHOTS } = process.env;
const MONDAY = "2026-03-02";
const TUESDAY = "2026-03-03";

describeInChromium("in the calendar page", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  const week = (who: Person): Promise<Page> => openWeek(browser, world, who);

  const edit = async (page: Page, subject: string): Promise<void> => {
    await openEvent(page, subject);
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("dialog", { name: "Edit event" }).waitFor();
  };

  describe("changing an event", () => {
    test("in the form writes only what was changed there", async () => {
      const id = await make(ada, { description: "line\r\nline", attendees: [{ userId: ben.id }] });
      const page = await week(ada);
      await edit(page, "Kick-off");
      const sent = page.waitForRequest((request) => request.postData()?.includes("UpdateEvent") ?? false);
      await page.getByPlaceholder("Place or link").fill("Room 9");
      await save(page);
      const { variables } = (await sent).postDataJSON();
      expect(variables.input).toEqual({ location: "Room 9" });
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await read(ada, id)).toMatchObject({ location: "Room 9", description: "line\r\nline" });
    });

    test("by dragging moves it, and undoing moves it back", async () => {
      const id = await make(ada);
      const page = await week(ada);
      await eventNamed(page, "Kick-off").waitFor();
      await drag(page, await pointAt(page, MONDAY, "10:15"), await pointAt(page, TUESDAY, "12:15"));
      await page.getByText("is now Tue 3 Mar").waitFor();
      expect(await read(ada, id)).toMatchObject({ startTime: "2026-03-03T11:00:00.000Z" });
      await page.getByRole("button", { name: "Undo" }).click();
      await eventually(async () =>
        expect(await read(ada, id)).toMatchObject({ startTime: "2026-03-02T09:00:00.000Z" }),
      );
    });

    test("by dragging its end makes it longer", async () => {
      const id = await make(ada);
      const page = await week(ada);
      const box = await boxOf(eventNamed(page, "Kick-off"));
      const to = await pointAt(page, MONDAY, "11:45");
      await drag(page, { x: to.x, y: box.y + box.height - 2 }, to);
      await eventually(async () =>
        expect(await read(ada, id)).toMatchObject({
          startTime: "2026-03-02T09:00:00.000Z",
          endTime: "2026-03-02T11:00:00.000Z",
        }),
      );
    });
  });

  test("an event's dialog tells administrators who changed it, through which client, from what to what; nobody else", async () => {
    const boss = await world.person({
      name: "Boss",
      role: "admin",
      organisationId: ada.organisationId,
    });
    const id = await make(ada, { location: "Room 1", attendees: [{ userId: ben.id }, { userId: boss.id }] });
    await change(await ada.through("BrightSync"), id, {
      location: "Room 2",
      startTime: "2026-03-02T09:30:00Z",
    });
    await ben.graphql('mutation($id: ID!) { respondToEvent(id: $id, status: "Accepted") { id } }', { id });
    const page = await openPage(browser, world, boss, { path: `/?event=${id}` });
    await page.getByText("History", { exact: true }).click();
    const entries = page.locator(".history li");
    await entries.nth(2).waitFor();
    const [answered, moved, made] = await entries.allInnerTexts();
    expect(answered).toMatch(
      /^Changed .+ · Ben Franklin · test\s+Guests\s+Ben Franklin has not answered → Ben Franklin comes$/,
    );
    expect(moved).toMatch(/^Changed .+ · Ada Lovelace · BrightSync\s/);
    expect(moved).toMatch(/Location\s+Room 1 → Room 2\s+Start\s+2 Mar 2026, 10:00 → 2 Mar 2026, 10:30/);
    expect(made).toMatch(/^Created .+ · Ada Lovelace · test$/);
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/history.png` });
    expect(await violations(page)).toEqual([]);
    await change(ada, id, { location: "Room 3" });
    await entries.filter({ hasText: "Room 2 → Room 3" }).waitFor();
    const other = await openPage(browser, world, ada, { path: `/?event=${id}` });
    await other.getByRole("button", { name: "Edit" }).waitFor();
    expect(await other.getByText("History", { exact: true }).count()).toBe(0);
  });

  describe("when somebody else was faster", () => {
    test("both versions are shown, and each field is kept as it was chosen", async () => {
      const id = await make(ada, {
        location: "Room 1",
        attendees: [{ userId: ben.id }],
        guestsCanEdit: true,
      });
      const page = await week(ada);
      await edit(page, "Kick-off");
      await page.getByPlaceholder("Add a title").fill("Kick-off, mine");
      await page.getByPlaceholder("Place or link").fill("Room mine");
      await change(await ben.through("BrightSync"), id, {
        subject: "Kick-off, theirs",
        location: "Room theirs",
        description: "Theirs alone",
      });
      await page.getByText("Somebody just changed this event.").waitFor();
      await save(page);
      await page.getByRole("dialog", { name: "Somebody else changed this event too" }).waitFor();
      await page.getByText(/^The newer version is of .+, by Ben Franklin through BrightSync\.$/).waitFor();
      const choice = (field: string) => page.getByRole("radiogroup", { name: field });
      expect(await choice("Title").innerText()).toMatch(/Kick-off, mine[^]*Kick-off, theirs/);
      expect(await choice("Description").getByLabel("Theirs").isChecked()).toBe(true);
      await choice("Location").getByLabel("Theirs").check();
      await page.getByRole("button", { name: "Save my choice" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await read(ada, id)).toMatchObject({
        subject: "Kick-off, mine",
        location: "Room theirs",
        description: "Theirs alone",
      });
    });

    test("a drag is settled by choosing when both moved the event, and simply stands when the other changed its text", async () => {
      const id = await make(ada, { attendees: [{ userId: ben.id }], guestsCanEdit: true });
      const page = await week(ada);
      await eventNamed(page, "Kick-off").waitFor();
      // Held back, so that the page does not hear of it before it asks.
      await page.routeWebSocket(/graphql/, () => undefined);
      await page.reload();
      await show(page, "Week");
      await eventNamed(page, "Kick-off").waitFor();
      await change(ben, id, { subject: "Kick-off of Ben" });
      await drag(page, await pointAt(page, MONDAY, "10:15"), await pointAt(page, TUESDAY, "12:15"));
      await page.getByText("is now Tue 3 Mar").waitFor();
      expect(await read(ada, id)).toMatchObject({
        subject: "Kick-off of Ben",
        startTime: "2026-03-03T11:00:00.000Z",
      });
      await change(ben, id, { startTime: "2026-03-04T09:00:00Z", endTime: "2026-03-04T10:00:00Z" });
      await drag(page, await pointAt(page, TUESDAY, "12:15"), await pointAt(page, MONDAY, "14:15"));
      const when = page.getByRole("radiogroup", { name: "When" });
      await when.waitFor();
      expect(await when.innerText()).toMatch(/Mon 2 Mar, 14:00[^]*Wed 4 Mar, 10:00/);
      await page.getByRole("button", { name: "Take all of theirs" }).click();
      await page.getByRole("button", { name: "Save my choice" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await read(ada, id)).toMatchObject({ startTime: "2026-03-04T09:00:00.000Z" });
    });

    test("an event that is deleted while it is edited can be kept as a new one", async () => {
      const id = await make(ada);
      const page = await week(ada);
      await edit(page, "Kick-off");
      await page.getByPlaceholder("Add a title").fill("Rescued");
      await ada.rest("DELETE", `/events/${id}`);
      await page.getByRole("alert").getByText("Somebody deleted this event").waitFor();
      await save(page);
      await page.getByRole("button", { name: "Make it a new event" }).click();
      await page.getByRole("dialog", { name: "New event" }).waitFor();
      await save(page);
      await eventNamed(page, "Rescued").waitFor();
      expect((await eventsOf(ada)).map(({ subject }) => subject)).toEqual(["Rescued"]);
    });
  });

  describe("somebody invited", () => {
    test("answers, and whoever invited them sees the answer", async () => {
      const id = await make(ada, { attendees: [{ userId: ben.id }] });
      const [page, organiser] = [await week(ben), await week(ada)];
      await openEvent(organiser, "Kick-off");
      await openEvent(page, "Kick-off");
      await page.getByRole("button", { name: "Maybe" }).click();
      await page.locator('[aria-pressed="true"]', { hasText: "Maybe" }).waitFor();
      expect((await read(ada, id)).attendees).toMatchObject([{ userId: ben.id, status: "Tentative" }]);
      await organiser.getByText("1 maybe").waitFor();
    });

    test("leaves, and is on the list as declined", async () => {
      const id = await make(ada, { attendees: [{ userId: ben.id }] });
      const page = await week(ben);
      await openEvent(page, "Kick-off");
      await page.getByRole("button", { name: "Leave" }).click();
      await eventNamed(page, "Kick-off").waitFor({ state: "detached" });
      await eventually(async () => expect(await eventsOf(ben)).toEqual([]));
      expect((await read(ada, id)).attendees).toMatchObject([{ userId: ben.id, status: "Declined" }]);
    });
  });

  describe("deleting", () => {
    test("can be undone for some seconds, in which nothing has happened", async () => {
      await make(ada);
      const page = await week(ada);
      const before = await eventsOf(ada);
      await openEvent(page, "Kick-off");
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByText("Deleting “Kick-off”.").waitFor();
      expect(await eventNamed(page, "Kick-off").count()).toBe(0);
      await page.getByRole("button", { name: "Undo" }).click();
      await eventNamed(page, "Kick-off").waitFor();
      expect(await eventsOf(ada)).toEqual(before);
    });

    test("happens after that, and at once where the page is left", async () => {
      await make(ada, { subject: "Left behind" });
      const page = await week(ada);
      await openEvent(page, "Left behind");
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByText("Deleting “Left behind”.").waitFor();
      await page.goto("about:blank");
      await eventually(async () => expect(await eventsOf(ada)).toEqual([]));
    });

    test("does not delete what somebody changed meanwhile, and says so", async () => {
      const id = await make(ada, { attendees: [{ userId: ben.id }], guestsCanEdit: true });
      const page = await week(ada);
      await openEvent(page, "Kick-off");
      await page.getByRole("button", { name: "Delete" }).click();
      await change(ben, id, { location: "Important" });
      await page.getByText("is still there. Somebody changed it").waitFor();
      await eventNamed(page, "Kick-off").waitFor();
      expect(await eventsOf(ada)).toHaveLength(1);
    });
  });

  describe("a colleague's calendar", () => {
    test("lies beside one's own, and shows of a private event its time alone", async () => {
      await make(ada, { subject: "Budget" });
      await make(ben, { subject: "Surgery", location: "Clinic", private: true });
      await make(ben, {
        subject: "Open house",
        startTime: "2026-03-03T10:00:00+01:00",
        endTime: "2026-03-03T11:00:00+01:00",
      });
      const answers: string[] = [];
      const page = await openPage(browser, world, ada);
      page.on("response", async (response) => {
        if (response.url().endsWith("/graphql")) answers.push(await response.text().catch(() => ""));
      });
      await show(page, "Week");
      await page.getByRole("checkbox", { name: "Ben Franklin" }).check();
      await eventNamed(page, "Open house").waitFor();
      const [mine, hidden] = [eventNamed(page, "Budget"), eventNamed(page, "Private")];
      const [left, right] = [await boxOf(mine), await boxOf(hidden)];
      expect(left.x + left.width).toBeLessThanOrEqual(right.x + 1);
      expect(Math.abs(left.y - right.y)).toBeLessThan(2);
      await hidden.click();
      await page.getByText("only Ben Franklin and those invited see more").waitFor();
      expect(await page.getByRole("button", { name: "Edit" }).count()).toBe(0);
      expect(answers.join()).not.toMatch(/Surgery|Clinic/);
    });

    test("cannot be changed by a colleague, but by an administrator in its owner's name", async () => {
      const id = await make(ben, { subject: "Open house" });
      const page = await week(ada);
      await page.getByRole("checkbox", { name: "Ben Franklin" }).check();
      await openEvent(page, "Open house");
      await page.getByText("Monday, 2 March 2026").waitFor();
      expect(await page.getByRole("button", { name: "Edit" }).count()).toBe(0);
      const chief = await week(
        await world.person({ name: "Chief", role: "admin", organisationId: ada.organisationId }),
      );
      await chief.getByRole("checkbox", { name: "Ben Franklin" }).check();
      await edit(chief, "Open house");
      await chief.getByPlaceholder("Add a title").fill("Open day");
      await save(chief);
      await eventNamed(chief, "Open day").waitFor();
      expect(await read(ben, id)).toMatchObject({ subject: "Open day", ownerId: ben.id });
    });
  });
});
