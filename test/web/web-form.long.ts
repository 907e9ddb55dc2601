// What people trust the form with: that it invites whom they named, takes lists as they paste them, and loses nothing
// that they typed; and that they know who sends the mail.
import type { Browser, Page, Route } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { eventsOf, make } from "../support/events";
import {
  boxOf,
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
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

describeInChromium("the form of an event", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  async function openForm(title = "Meeting"): Promise<Page> {
    const page = await openWeek(browser, world, ada);
    await page.keyboard.press("n");
    await page.getByPlaceholder("Add a title").fill(title);
    return page;
  }

  const contact = (name: string, email: string) => ada.rest("POST", "/contacts", { name, email });
  const guests = (page: Page) => page.getByRole("combobox", { name: "Add guests" });
  const invited = (page: Page) => page.locator(".guest-list .guest-name").allInnerTexts();
  const addresses = async (): Promise<string[]> => {
    const events = await eventsOf(ada);
    return events.flatMap(({ attendees }) =>
      attendees.map((one: { emailAddress: string }) => one.emailAddress),
    );
  };

  /** As from the clipboard; answers nothing where the field lets the browser insert it. */
  const paste = (page: Page, text: string): Promise<void> =>
    page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", ${JSON.stringify(text)});
      const field = document.querySelector("[aria-label='Add guests']");
      field.focus();
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }`);

  /** Answers to what is sought wait until they are let go. */
  async function holdAnswers(page: Page): Promise<() => Promise<void>> {
    const held: Route[] = [];
    await page.route("**/graphql", (route) =>
      route.request().postData()?.includes("FindRecords") ? void held.push(route) : route.fallback(),
    );
    return async () => {
      await eventually(() => expect(held.length).toBeGreaterThan(0));
      await Promise.all(held.splice(0).map((route) => route.continue()));
    };
  }

  describe("invites whom somebody named", () => {
    test("an offer for what was typed before is not taken for what stands there now, however fast one types", async () => {
      await contact("Cleo Paris", "cleo@client.test");
      const page = await openForm();
      await guests(page).pressSequentially("cle");
      await page.getByRole("option", { name: "Cleo Paris" }).waitFor();
      await guests(page).pressSequentially("mens@client.test");
      await guests(page).press("Enter");
      expect(await invited(page)).toEqual([expect.stringContaining("clemens@client.test")]);
      await save(page);
      await eventNamed(page, "Meeting").waitFor();
      expect(await addresses()).toEqual(["clemens@client.test"]);
    });

    test("an answer that comes late is no offer for another text, and Enter before any answer invites nobody and says so", async () => {
      await contact("Cleo Paris", "cleo@client.test");
      const page = await openForm();
      const letGo = await holdAnswers(page);
      await guests(page).pressSequentially("cle");
      await eventually(letGo);
      await page.getByRole("option", { name: "Cleo Paris" }).waitFor();
      await guests(page).pressSequentially("m");
      expect(await page.locator(".guests [role=option]").count()).toBe(0);
      await guests(page).press("Enter");
      await page.getByText("“clem” is no address: it has no “@”.").waitFor();
      await letGo();
      await guests(page).fill("cleo");
      await letGo();
      await page.getByRole("option", { name: "Cleo Paris" }).waitFor();
      await guests(page).press("Enter");
      expect(await invited(page)).toEqual([expect.stringContaining("Cleo Paris")]);
      // Whoever does not see the list grow hears of it, and is not lost when a row goes.
      await page.getByRole("status").getByText("Added: Cleo Paris.").waitFor();
      await page.getByRole("button", { name: "Remove Cleo Paris" }).press("Enter");
      await page.getByRole("status").getByText("Removed: Cleo Paris.").waitFor();
      await page.locator("[aria-label='Add guests']:focus").waitFor();
    });

    test("a complete address wins over an offer, unless the offer has that address", async () => {
      await contact("Clara, once cleo@client.test", "clara@client.test");
      const page = await openForm();
      await guests(page).fill("cleo@client.test");
      await page.getByRole("option", { name: "Clara" }).waitFor();
      await guests(page).press("Enter");
      await guests(page).fill(ben.email.toUpperCase());
      await page.getByRole("option", { name: "Ben Franklin" }).waitFor();
      await guests(page).press("Enter");
      await save(page);
      await eventNamed(page, "Meeting").waitFor();
      expect((await eventsOf(ada))[0].attendees).toMatchObject([
        { emailAddress: "cleo@client.test", contactId: null },
        { emailAddress: ben.email, userId: ben.id },
      ]);
    });

    test("a record is linked only as found for the text that stands there, and a text that is none is not dropped", async () => {
      await contact("Dana Scott", "dana@client.test");
      const page = await openForm();
      const records = page.getByRole("combobox", { name: "Link a record" });
      await records.pressSequentially("dan");
      await page.getByRole("option", { name: "Dana Scott" }).waitFor();
      await records.pressSequentially("iel");
      await records.press("Enter");
      await save(page);
      await page.getByText("It was not saved. “daniel” is no record yet.").waitFor();
      expect(await page.locator(".links .chip").count()).toBe(0);
      expect(await eventsOf(ada)).toEqual([]);
      await records.fill("");
      await save(page);
      await eventNamed(page, "Meeting").waitFor();
    });
  });

  describe("takes lists", () => {
    test("of addresses and names between commas, semicolons and new lines; what is none stays, and says why", async () => {
      const page = await openForm();
      await paste(
        page,
        `a@x.test, b@x.test; "Doe, Jane" <jane@x.test>\nRoe, Rick <rick@x.test>;${ben.email}\r\nbob; two@@x.test; eve@`,
      );
      expect(await invited(page)).toEqual(
        ["a@x.test", "b@x.test", "Doe, Jane", "Roe, Rick", "Ben Franklin"].map((text) =>
          expect.stringContaining(text),
        ),
      );
      const left = page.locator(".guests .fault");
      expect(await left.innerText()).toContain("“bob” is no address: it has no “@”.");
      expect(await left.innerText()).toContain("“two@@x.test” is no address: it has more than one “@”.");
      expect(await left.innerText()).toContain("“eve@” is no address: nothing stands after its “@”.");
      expect(await guests(page).getAttribute("aria-invalid")).toBe("true");
      expect(await violations(page)).toEqual([]);
      await save(page);
      await page
        .getByText("It was not saved. “bob, two@@x.test, eve@” is not on the list of guests yet.")
        .waitFor();
      expect(await eventsOf(ada)).toEqual([]);
      await guests(page).fill("bob@x.test");
      await save(page);
      await eventNamed(page, "Meeting").waitFor();
      expect((await addresses()).sort()).toEqual(
        ["a@x.test", "b@x.test", "bob@x.test", ben.email, "jane@x.test", "rick@x.test"].sort(),
      );
    });
  });

  describe("loses nothing that was typed", () => {
    const title = (page: Page) => page.getByPlaceholder("Add a title");
    const question = (page: Page) => page.getByRole("dialog", { name: "Discard your changes?" });

    test("Escape, pressed twice too, a press beside it, Cancel and Back ask first, and Back stays on the page", async () => {
      const page = await openForm("Half typed");
      const wishes: (() => Promise<unknown>)[] = [
        () => page.keyboard.press("Escape"),
        () => page.mouse.click(8, 8),
        () => page.getByRole("button", { name: "Cancel" }).click(),
        () => page.evaluate("history.back()"),
      ];
      for (const wish of wishes) {
        await wish();
        await question(page).waitFor();
        await page.keyboard.press("Escape");
        await question(page).waitFor({ state: "detached" });
        expect(await title(page).inputValue()).toBe("Half typed");
      }
      await page.keyboard.press("Escape");
      await question(page).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Discard" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(new URL(page.url()).pathname).toBe("/");
      expect(await page.evaluate("sessionStorage.getItem('tidemark.unfinished')")).toBeNull();
    });

    test("a reload brings the form back as it stood, with what stands in its fields, and saving it makes one event", async () => {
      const page = await openForm("Half typed");
      await guests(page).fill("a@x.test");
      await guests(page).press("Enter");
      await guests(page).fill("b@x.te");
      await page.reload();
      await page.getByRole("dialog", { name: "New event" }).waitFor();
      expect(await title(page).inputValue()).toBe("Half typed");
      expect(await guests(page).inputValue()).toBe("b@x.te");
      await save(page);
      await eventNamed(page, "Half typed").waitFor();
      expect(await addresses()).toEqual(["a@x.test", "b@x.te"]);
      await page.reload();
      await eventNamed(page, "Half typed").waitFor();
      expect(await page.getByRole("dialog").count()).toBe(0);
    });

    test("a form of an event that is there comes back as its change; one in which nothing was changed closes at once", async () => {
      const id = await make(ada, { location: "Room 1" });
      const page = await openWeek(browser, world, ada);
      const edit = async (): Promise<void> => {
        await openEvent(page, "Kick-off");
        await page.getByRole("button", { name: "Edit" }).click();
        await title(page).waitFor();
      };
      await edit();
      await page.evaluate("history.back()");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await edit();
      await title(page).fill("Renamed");
      await page.reload();
      await page.getByRole("dialog", { name: "Edit event" }).waitFor();
      await save(page);
      await eventNamed(page, "Renamed").waitFor();
      expect(await eventsOf(ada)).toMatchObject([{ id, subject: "Renamed", location: "Room 1" }]);
    });

    test("whoever signs out leaves nothing of it behind", async () => {
      const page = await openForm("Half typed");
      await page.getByText("Sign out").dispatchEvent("click");
      await page.getByLabel("Access token").waitFor();
      expect(await page.evaluate("JSON.stringify(sessionStorage)")).toBe("{}");
    });
  });

  test("rooms say what they hold and whether they are free; a time that suits everybody is told on each one's clock, and fills the form in", async () => {
    await world.sql.query("update app_user set timezone = 'Europe/Helsinki' where id = $1", [ben.id]);
    const { rows } = await world.sql.query<{ id: string }>(
      `insert into app_user (organisation_id, email, name, timezone, kind, capacity)
       values ($1, 'blue@rooms.test', 'Blue', 'Europe/Paris', 'room', 8) returning id`,
      [ada.organisationId],
    );
    const room = rows[0]?.id ?? "";
    await make(ben, { attendees: [{ userId: room }] });
    const page = await openForm();
    await guests(page).fill("blue");
    await page.getByRole("option", { name: "Blue" }).getByText("room for 8 · taken then").waitFor();
    await guests(page).fill(ben.email);
    await guests(page).press("Enter");
    await page.getByRole("button", { name: "Find a time" }).click();
    await page.getByLabel("Room", { exact: true }).selectOption("any");
    await page.getByRole("button", { name: "Show times" }).click();
    const first = page.locator(".find-times button").first();
    expect(await first.innerText()).toMatch(
      /Mon 2 Mar, 11:00.12:00\s+12:00 for Ben Franklin \(Helsinki\) · free: Blue/,
    );
    expect(await violations(page)).toEqual([]);
    await page.getByRole("group", { name: "Who must be there" }).getByLabel("Ben Franklin").uncheck();
    await page.getByRole("button", { name: "Show times" }).click();
    await eventually(async () => expect(await first.innerText()).toMatch(/Mon 2 Mar, 11:00/));
    await first.click();
    await eventually(async () => expect(await page.getByLabel("Starts at").inputValue()).toBe("11:00"));
    await save(page);
    await eventNamed(page, "Meeting").waitFor();
    expect((await eventsOf(ada))[0]).toMatchObject({
      startTime: "2026-03-02T10:00:00.000Z",
      attendees: [
        { userId: ben.id, status: "NoResponse" },
        { userId: room, status: "Accepted" },
      ],
    });
  });

  test("who saves, moves or deletes something with guests is told that no mail goes out, and by whom it does", async () => {
    await make(ada, { attendees: [{ userId: ben.id }] });
    const page = await openWeek(browser, world, ada);
    const told = page.getByRole("status").getByText("Tidemark sends no e-mail: your mailbox does that.");
    const dismissed = async (): Promise<void> => {
      await told.waitFor();
      await page.getByRole("button", { name: "Dismiss" }).click();
      await told.waitFor({ state: "detached" });
    };
    await drag(page, await pointAt(page, "2026-03-02", "10:15"), await pointAt(page, "2026-03-03", "12:15"));
    await dismissed();
    await openEvent(page, "Kick-off");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByPlaceholder("Place or link").fill("Room 9");
    await save(page);
    await dismissed();
    await openEvent(page, "Kick-off");
    await page.getByRole("button", { name: "Delete" }).click();
    await dismissed();
  });

  test("on a phone what a field at the foot of the form offers is in sight", async () => {
    const page = await openForm();
    await page.setViewportSize({ width: 390, height: 844 });
    await guests(page).fill("ben");
    const offer = page.getByRole("option", { name: /Ben Franklin/ });
    const foot = await boxOf(page.locator(".dialog-foot"));
    await eventually(async () => {
      const { y, height } = await boxOf(offer);
      expect(y + height).toBeLessThanOrEqual(foot.y);
    });
  });
});
