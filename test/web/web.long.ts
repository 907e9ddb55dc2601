// The calendar page as people use it, in a browser, against a real service: signing in, and creating events.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import {
  boxOf,
  drag,
  eventNamed,
  live,
  loseAnswers,
  openPage,
  openWeek,
  pointAt,
  save,
  setUpPages,
  show,
  twoPeople,
  violations,
} from "../support/pages";
import { change, eventsOf, make } from "../support/events";
import type { Person, World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

const MONDAY = "2026-03-02";
const TUESDAY = "2026-03-03";

describeInChromium("the calendar page", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  const week = (who: Person): Promise<Page> => openWeek(browser, world, who);

  describe("signing in", () => {
    test("refuses a token that the service does not know, takes one that it does, and keeps it in this tab alone", async () => {
      await make(ada, { subject: "Only for Ada" });
      const page = await openPage(browser, world, null);
      await page.getByLabel("Access token").fill("tmk_wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").getByText("does not know this token").waitFor();
      await page.getByLabel("Access token").fill(` Bearer ${ada.token} `);
      await page.getByRole("button", { name: "Sign in" }).click();
      await eventNamed(page, "Only for Ada").waitFor();
      expect(await page.evaluate("JSON.stringify(localStorage) + document.cookie")).not.toContain(ada.token);
      await page.reload();
      await eventNamed(page, "Only for Ada").waitFor();
      const other = await page.context().newPage();
      await other.goto(world.url);
      await other.getByLabel("Access token").waitFor();
    });

    test("takes a token from the address, and takes it out of the address", async () => {
      const page = await openPage(browser, world, ada);
      await page.getByText("Ada Lovelace").first().waitFor();
      expect(page.url()).toBe(`${world.url}/`);
    });

    test("an address with another person's token asks before the tab goes on as them, and staying keeps the session", async () => {
      await make(ada, { subject: "Only for Ada" });
      await make(ben, { subject: "Only for Ben" });
      const page = await openPage(browser, world, ada);
      const follow = async (): Promise<void> => {
        await page.goto("about:blank");
        await page.goto(`${world.url}/#token=${ben.token}`);
        await page.getByText(`You are signed in as Ada Lovelace (${ada.email})`).waitFor();
        expect(page.url()).toBe(`${world.url}/`);
      };
      await eventNamed(page, "Only for Ada").waitFor();
      await follow();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Stay Ada Lovelace" }).click();
      await page.reload();
      await eventNamed(page, "Only for Ada").waitFor();
      expect(await page.getByRole("dialog").count()).toBe(0);
      await follow();
      await page.getByRole("button", { name: "Go on as Ben Franklin" }).click();
      await eventNamed(page, "Only for Ben").waitFor();
      expect(await eventNamed(page, "Only for Ada").count()).toBe(0);
    });

    test.each(["/sync", "/records/Contact/1"])(
      "%s asks as well, also where it is open already",
      async (where) => {
        const page = await openPage(browser, world, ada, { path: where });
        await page.getByRole("heading").first().waitFor();
        await page.goto(`${world.url}${where}#token=${ben.token}`);
        await page.getByRole("button", { name: "Stay Ada Lovelace" }).click();
        await eventually(() => expect(page.url()).toBe(`${world.url}${where}`));
        await eventually(async () =>
          expect(await page.evaluate("JSON.stringify(sessionStorage)")).toContain(ada.token),
        );
      },
    );

    test("an address whose token is unknown changes nothing, and says so; one of the same person is taken over", async () => {
      const again = await ada.through("another token");
      const page = await openPage(browser, world, ada);
      await live(page);
      await page.goto(`${world.url}/#token=tmk_wrong`);
      await page.getByText("The service does not know the token in this address.").waitFor();
      await page.getByRole("button", { name: "Go on as before" }).click();
      await page.goto(`${world.url}/#token=${again.token}`);
      await eventually(async () =>
        expect(await page.evaluate("JSON.stringify(sessionStorage)")).toContain(again.token),
      );
      await live(page);
      expect(await page.getByRole("dialog").count()).toBe(0);
    });

    test.each([0, 4, 12])(
      "an address that is opened %s ms after a dialog was closed is not lost",
      async (afterMs) => {
        const again = await ada.through("another token");
        const page = await openPage(browser, world, ada);
        await live(page);
        await page.goto(`${world.url}/#token=tmk_wrong`);
        await page.getByRole("button", { name: "Go on as before" }).waitFor();
        await page.evaluate(`{
        document.querySelector("dialog[open] .button.primary").click();
        setTimeout(() => (location.hash = "token=${again.token}"), ${afterMs});
      }`);
        await eventually(async () =>
          expect(await page.evaluate("JSON.stringify(sessionStorage)")).toContain(again.token),
        );
      },
    );

    test("an address is taken at its word where the tab's own token is known no more", async () => {
      await make(ben, { subject: "Only for Ben" });
      const revoked = await ada.through("the page");
      const page = await openPage(browser, world, revoked);
      await live(page);
      await page.goto("about:blank");
      await world.sql.query("update access_token set revoked_at = now() where name = 'the page'");
      await eventually(async () => expect((await revoked.rest("GET", "/events")).status).toBe(401));
      await page.goto(`${world.url}/#token=${ben.token}`);
      await eventNamed(page, "Only for Ben").waitFor();
    });

    test.each([
      "{half",
      "null",
      "[]",
      `{"view":"tomorrow","zone":"Europe/Atlantis","secondZone":7,"colleagues":"all"}`,
    ])("a kept set-up that reads %s counts as none", async (kept) => {
      await make(ada);
      const page = await openPage(browser, world, ada);
      await live(page);
      const key = `tidemark.calendar.${ada.id}`;
      await page.evaluate(`localStorage.setItem("${key}", ${JSON.stringify(kept)})`);
      await page.reload();
      await eventNamed(page, "10:00").waitFor();
      expect(JSON.parse(await page.evaluate<string>(`localStorage.getItem("${key}")`))).toEqual({
        view: "week",
        zone: "Europe/Paris",
        secondZone: null,
        colleagues: [],
      });
    });

    test("signing out forgets token and calendar", async () => {
      const page = await openPage(browser, world, ada);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Access token").waitFor();
      expect(await page.evaluate("JSON.stringify(sessionStorage)")).not.toContain("tmk_");
    });

    test("a token that is revoked while the page is open is said, and what was being typed is still there afterwards", async () => {
      const page = await openPage(browser, world, await ada.through("the page"));
      const again = await ada.through("another token");
      await live(page);
      await page.getByRole("button", { name: "New event" }).first().click();
      await page.getByPlaceholder("Add a title").fill("Half typed");
      await world.sql.query("update access_token set revoked_at = now() where name = 'the page'");
      await page.getByText("has expired or was revoked").waitFor();
      await page.getByLabel("Access token").fill(again.token);
      await page.getByRole("button", { name: "Sign in" }).click();
      await save(page);
      await eventNamed(page, "Half typed").waitFor();
      expect((await eventsOf(ada)).map(({ subject }) => subject)).toEqual(["Half typed"]);
    });

    test("a service that cannot be reached is said, and tried again when asked", async () => {
      const page = await openPage(browser, world, null);
      await page.route("**/graphql", (route) => route.abort());
      await page.getByLabel("Access token").fill(ada.token);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").getByText("cannot be reached").waitFor();
      await page.unroute("**/graphql");
      await page.getByRole("button", { name: "Sign in" }).click();
      await live(page);
    });
  });

  describe("creating", () => {
    test("dragging over an hour and a half of Tuesday makes an event of them, with everything an event has", async () => {
      const { body: contact } = await ada.rest("POST", "/contacts", {
        name: "Dana Scott",
        email: "dana@globex.test",
      });
      const page = await week(ada);
      await drag(page, await pointAt(page, TUESDAY, "14:00"), await pointAt(page, TUESDAY, "15:15"));
      await page.getByPlaceholder("Add a title").fill("Pricing");
      await page.getByPlaceholder("Place or link").fill("Room 4");
      await page.locator("[name=description]").fill("Bring <numbers>");
      await page.getByLabel("Private").check();
      const guests = page.getByRole("combobox", { name: "Add guests" });
      await guests.fill("ben fr");
      await page.getByRole("option", { name: "Ben Franklin" }).waitFor();
      await guests.press("Enter");
      await guests.fill("dana");
      await page.getByRole("option", { name: "Dana Scott" }).click();
      await guests.fill("somebody@else.test");
      await guests.press("Enter");
      await page.getByRole("combobox", { name: "Link a record" }).fill("dana");
      await page.getByRole("option", { name: "Dana Scott" }).click();
      await save(page);
      await eventNamed(page, "Pricing").waitFor();
      const [event] = await eventsOf(ada);
      expect(event).toMatchObject({
        subject: "Pricing",
        startTime: "2026-03-03T13:00:00.000Z",
        endTime: "2026-03-03T14:30:00.000Z",
        timezone: "Europe/Paris",
        location: "Room 4",
        description: "Bring <numbers>",
        private: true,
        attendees: [
          { userId: ben.id, name: "Ben Franklin", status: "NoResponse" },
          { emailAddress: "dana@globex.test", contactId: Number(contact.id) },
          { emailAddress: "somebody@else.test", userId: null },
        ],
        relatedTo: [{ type: "Contact", id: contact.id }],
      });
    });

    test("dragging over three days of the month makes an all-day event of three days", async () => {
      const page = await openPage(browser, world, ada);
      await show(page, "Month");
      await live(page);
      const middle = async (date: string): Promise<{ x: number; y: number }> => {
        const box = await boxOf(page.locator(`[role=gridcell][data-date="${date}"]`));
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      };
      await drag(page, await middle("2026-03-10"), await middle("2026-03-12"));
      await page.getByPlaceholder("Add a title").fill("Offsite");
      await save(page);
      await eventNamed(page, "Offsite").waitFor();
      const [event] = await eventsOf(ada);
      expect(event).toMatchObject({
        allDay: true,
        startTime: "2026-03-10T00:00:00.000Z",
        endTime: "2026-03-13T00:00:00.000Z",
      });
    });

    test("a lost answer and a second try make one event", async () => {
      const page = await week(ada);
      await loseAnswers(page, "CreateEvent");
      await page.keyboard.press("n");
      await page.getByPlaceholder("Add a title").fill("Once");
      await save(page);
      await page.getByText("It was not saved. The service cannot be reached").waitFor();
      await save(page);
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await eventsOf(ada)).toHaveLength(1);
    });

    test("a lost answer, a second thought about the title and a second try make one event, with the later title", async () => {
      const page = await week(ada);
      const lost = page.getByText("It was not saved. The service cannot be reached");
      await loseAnswers(page, "CreateEvent", 2);
      await page.keyboard.press("n");
      for (const title of ["First", "Second"]) {
        await page.getByPlaceholder("Add a title").fill(title);
        await save(page);
        await lost.waitFor();
      }
      await page.getByPlaceholder("Place or link").fill("Room 4");
      await save(page);
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await eventNamed(page, "Second").waitFor();
      expect(await eventsOf(ada)).toMatchObject([{ subject: "Second", location: "Room 4" }]);
    });

    test("a lost create that others changed meanwhile is a conflict to settle, and a deleted one can be made anew", async () => {
      const page = await week(ada);
      const loseFirst = async (title: string): Promise<string> => {
        await loseAnswers(page, "CreateEvent");
        await page.keyboard.press("n");
        await page.getByPlaceholder("Add a title").fill(title);
        await save(page);
        await page.getByText("It was not saved. The service cannot be reached").waitFor();
        await page.getByPlaceholder("Add a title").fill(`${title}, mine`);
        return (await eventsOf(ada)).find(({ subject }) => subject === title).id;
      };
      await change(ada, await loseFirst("Once"), { subject: "Once, theirs" });
      await save(page);
      await page.getByRole("dialog", { name: "Somebody else changed this event too" }).waitFor();
      await page.getByRole("button", { name: "Save my choice" }).click();
      await eventNamed(page, "Once, mine").waitFor();
      expect((await ada.rest("DELETE", `/events/${await loseFirst("Twice")}`)).status).toBe(204);
      await save(page);
      await page.getByRole("button", { name: "Make it a new event" }).click();
      await save(page);
      await eventNamed(page, "Twice, mine").waitFor();
      expect((await eventsOf(ada)).map(({ subject }) => subject).sort()).toEqual([
        "Once, mine",
        "Twice, mine",
      ]);
    });

    test("what the service would refuse is said beside its field, and nothing is sent", async () => {
      const page = await week(ada);
      await page.keyboard.press("n");
      await page.getByLabel("Ends on").fill("2026-03-01");
      await page.getByPlaceholder("Add a title").fill("x".repeat(1_001));
      await save(page);
      await page.getByText("It ends before it starts.").waitFor();
      await page.getByText("A title has 1,000 characters at most.").waitFor();
      expect(await eventsOf(ada)).toEqual([]);
    });

    test("who is invited is shown as busy when they are", async () => {
      await make(ben, { subject: "Secret", private: true });
      const page = await week(ada);
      await drag(page, await pointAt(page, MONDAY, "10:30"), await pointAt(page, MONDAY, "11:15"));
      await page.getByRole("combobox", { name: "Add guests" }).fill(ben.email);
      await page.getByRole("option", { name: "Ben Franklin" }).click();
      await page.getByText("busy 10:00–11:00").waitFor();
      await page.getByLabel("Starts at").fill("11:00");
      await page.getByText("free", { exact: true }).waitFor();
    });
  });
});
