// How the pages look and read: nights on which clocks change, zones, texts that mean harm, many events, narrow and dark
// screens, screen readers, and the places of things on the page.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { change, make } from "../support/events";
import {
  boxOf,
  eventNamed,
  forgiveRefusals,
  live,
  openEvent,
  openPage,
  pointAt,
  setUpPages,
  show,
  twoPeople,
  type View,
  violations,
} from "../support/pages";
import { eventually } from "../support/wait";
import type { Person, World } from "../support/world";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

const VIEWS: View[] = ["Month", "Week", "Day", "Agenda"];

describeInChromium("the pages", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  const chooseZone = async (page: Page, label: string, words: string): Promise<void> => {
    const field = page.getByRole("combobox", { name: label, exact: true });
    await field.fill(words);
    await page.getByRole("listbox", { name: label, exact: true }).getByRole("option").first().waitFor();
    await field.press("Enter");
  };

  test("a week on a phone says of each day which date it is, this week and the next", async () => {
    const page = await openPage(browser, world, ada, { viewport: { width: 390, height: 844 } });
    await show(page, "Week");
    const heads = async (): Promise<string> =>
      (await page.locator("[role=columnheader][data-date]").allInnerTexts()).join(" ").replace(/\s+/g, " ");
    await eventually(async () => expect(await heads()).toBe("M 2 T 3 W 4 T 5 F 6 S 7 S 8"));
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await eventually(async () => expect(await heads()).toBe("M 9 T 10 W 11 T 12 F 13 S 14 S 15"));
  });

  const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

  test.each([
    ["en-GB", "Week", /^30 Nov . 6 Dec 2026$/],
    ["en-GB", "Day", /^Mon, 30 Nov 2026$/],
    ["de-DE", "Woche", /^30\. Nov\. . 6\. Dez\. 2026$/],
    ["fr-FR", "Jour", /^lun\. 30 nov\. 2026$/],
  ])("on a phone the title of a %s %s is whole", async (locale, view, text) => {
    const page = await openPage(browser, world, ada, { ...PHONE, locale, now: "2026-11-30T09:00:00Z" });
    await page.getByRole("button", { name: view, exact: true }).click();
    const title = page.getByRole("heading", { level: 1 });
    await eventually(async () => expect(await title.innerText()).toMatch(text));
    await live(page);
    expect(await title.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  });

  test("on a phone the head of a page takes two lines, and the place where one is stands in sight", async () => {
    const page = await openPage(browser, world, ada, { ...PHONE, path: "/connect", locale: "de-DE" });
    const here = page.getByRole("navigation", { name: "Tidemark" }).locator("[aria-current]");
    await page.getByRole("heading", { name: "Token erstellen" }).waitFor();
    expect((await boxOf(page.locator(".page-head"))).height).toBeLessThan(95);
    await eventually(async () => expect((await boxOf(here)).x + (await boxOf(here)).width).toBeLessThan(391));
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    expect(await violations(page)).toEqual([]);
  });

  test("in a window of 880 pixels, whose side bar is folded away, a new event is one press away", async () => {
    const page = await openPage(browser, world, ada, { viewport: { width: 880, height: 700 } });
    await page.getByRole("button", { name: "New event" }).last().click();
    await page.getByRole("dialog", { name: "New event" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const title = page.getByRole("heading", { level: 1 });
    for (const width of [880, 700]) {
      await page.setViewportSize({ width, height: 700 });
      expect(await title.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    }
  });

  describe("where clocks change", () => {
    const SPRING = { now: "2026-03-26T09:00:00Z" };

    test("a meeting at nine in Paris is at nine before and after, and all-day events keep their days", async () => {
      await make(ada, {
        subject: "Winter",
        startTime: "2026-03-28T09:00:00+01:00",
        endTime: "2026-03-28T10:00:00+01:00",
      });
      await make(ada, {
        subject: "Summer",
        startTime: "2026-03-29T09:00:00+02:00",
        endTime: "2026-03-29T10:00:00+02:00",
      });
      await make(ada, { subject: "Weekend", allDay: true, startTime: "2026-03-28", endTime: "2026-03-30" });
      const page = await openPage(browser, world, ada, SPRING);
      await show(page, "Week");
      await eventNamed(page, "Summer").waitFor();
      const nine = await pointAt(page, "2026-03-28", "09:00");
      for (const name of ["Winter", "Summer"]) {
        expect(Math.abs((await boxOf(eventNamed(page, name))).y - nine.y)).toBeLessThan(4);
        expect(await eventNamed(page, name).innerText()).toContain("09:00");
      }
      const allDay = await boxOf(eventNamed(page, "Weekend"));
      const saturday = await boxOf(page.locator('[role=columnheader][data-date="2026-03-28"]'));
      const sunday = await boxOf(page.locator('[role=columnheader][data-date="2026-03-29"]'));
      expect(allDay.x).toBeGreaterThanOrEqual(saturday.x - 1);
      expect(allDay.x + allDay.width).toBeGreaterThan(sunday.x + sunday.width / 2);
      expect(allDay.x + allDay.width).toBeLessThanOrEqual(sunday.x + sunday.width + 1);
    });

    test("a time that clocks skip, or show twice, is explained; what it becomes is what is saved", async () => {
      const page = await openPage(browser, world, ada, SPRING);
      await live(page);
      await page.keyboard.press("n");
      await page.getByLabel("Starts on").fill("2026-03-29");
      await page.getByLabel("Starts at").fill("02:30");
      await page.getByText("Clocks go forward over 02:30 that day; it becomes 03:30.").waitFor();
      await page.getByLabel("Starts on").fill("2026-10-25");
      await page.getByText("02:30 comes twice").waitFor();
      await page.getByPlaceholder("Add a title").fill("Night shift");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const { body } = await ada.rest("GET", "/events");
      expect(body.records[0]).toMatchObject({ startTime: "2026-10-25T00:30:00.000Z" });
    });

    test("an event in the second of two equal hours keeps its time when something else is changed", async () => {
      const id = await make(ada, {
        subject: "Second",
        startTime: "2026-10-25T02:15:00+01:00",
        endTime: "2026-10-25T02:45:00+01:00",
      });
      const page = await openPage(browser, world, ada, { now: "2026-10-25T09:00:00Z" });
      await show(page, "Agenda");
      await openEvent(page, "Second");
      await page.getByRole("button", { name: "Edit" }).click();
      await page.getByPlaceholder("Place or link").fill("Here");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect((await ada.rest("GET", `/events/${id}`)).body).toMatchObject({
        location: "Here",
        startTime: "2026-10-25T01:15:00.000Z",
      });
    });

    test("the user's own zone is shown whatever the browser's is, another when chosen, and a second one beside it", async () => {
      await make(ada);
      const page = await openPage(browser, world, ada, { timezoneId: "Asia/Tokyo" });
      await show(page, "Week");
      await eventually(async () => expect(await eventNamed(page, "Kick-off").innerText()).toContain("10:00"));
      await chooseZone(page, "Time zone", "new york");
      await eventNamed(page, "04:00").waitFor();
      await chooseZone(page, "Second zone in week and day", "london");
      const ten = page.locator('[data-time="10:00:00"] .two-zones');
      await ten.waitFor();
      expect((await ten.innerText()).replace(/\s+/g, " ")).toMatch(/^15:00 10:00$/);
      await page.reload();
      await ten.waitFor();
      // By the name of long ago the present one is found; what is no zone goes when it is left.
      await chooseZone(page, "Time zone", "Calcutta");
      const zone = page.getByRole("combobox", { name: "Time zone", exact: true });
      expect(await zone.inputValue()).toMatch(/^Asia\/Kolkata \(/);
      await zone.fill("Atlantis");
      await zone.blur();
      expect(await zone.inputValue()).toMatch(/^Asia\/Kolkata \(/);
    });

    test("an American week begins on Sunday and counts to twelve", async () => {
      await make(ada);
      const page = await openPage(browser, world, ada, { locale: "en-US" });
      await show(page, "Week");
      await eventually(async () =>
        expect(await page.locator("[role=columnheader][data-date]").first().innerText()).toMatch(/Sun/),
      );
      await eventually(async () =>
        expect(await eventNamed(page, "Kick-off").innerText()).toMatch(/10\s?–\s?11\s?AM/),
      );
    });
  });

  describe("hostile and odd texts", () => {
    const SCRIPT = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`;

    test("are shown as the texts they are, wherever there is text", async () => {
      const { body: record } = await ada.rest("POST", "/contacts", { name: SCRIPT, email: "evil@else.test" });
      await make(ada, {
        subject: SCRIPT,
        location: SCRIPT,
        description: `<p onclick="window.hit=1">Hello <a href="javascript:window.hit=1">link</a><b>bold</b></p>${SCRIPT}<style>body{display:none}</style><iframe src="https://evil.test"></iframe>`,
        attendees: [{ emailAddress: "x@else.test", name: SCRIPT }],
        relatedTo: [{ type: "Contact", id: record.id }],
      });
      const page = await openPage(browser, world, ada);
      for (const view of VIEWS) {
        await show(page, view);
        await eventNamed(page, "<script>window.hit=1</script>").first().waitFor();
      }
      await openEvent(page, "<script>");
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Hello").waitFor();
      expect(await dialog.locator("b").innerText()).toBe("bold");
      expect(await dialog.locator("script, img, style, iframe, [onclick], a[href^=javascript]").count()).toBe(
        0,
      );
      expect((await dialog.innerText()).split("onerror").length).toBe(6); // Title, place, guest, record, its name once more.
      await page.getByRole("button", { name: "Edit" }).click();
      await page.goto(`${world.url}/records/Contact/${record.id}`);
      await page.getByRole("heading", { name: SCRIPT }).first().waitFor();
      expect(await page.evaluate("window.hit")).toBeUndefined();
      // The sanitiser reads a description into a document of its own, where the browser refuses what is in it.
      expect(forgiveRefusals(page)).toBe(true);
    });

    test.each([
      ["a thousand characters", "Wort".repeat(250)],
      ["right to left", "اجتماع الفريق الأسبوعي مع العملاء"],
      ["emoji of families and flags", "👩‍👩‍👧‍👦🏳️‍🌈🇫🇷 party 🎉"],
      ["nothing but spaces", "   "],
    ])("a title of %s breaks no layout", async (_what, subject) => {
      await make(ada, { subject });
      const page = await openPage(browser, world, ada);
      for (const view of VIEWS) {
        await show(page, view);
        const event = page.locator(".event").first();
        await event.waitFor();
        const [box, grid] = [await boxOf(event), await boxOf(page.locator(".grid"))];
        expect(box.x + box.width).toBeLessThanOrEqual(grid.x + grid.width + 1);
        if (view !== "Agenda") expect(box.height).toBeLessThan(120);
      }
      await page.locator(".event").first().click();
      const dialog = page.locator("dialog[open]");
      await dialog.waitFor();
      expect(await dialog.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
    });
  });

  test("two thousand events in a month are all counted, and the page stays usable", async () => {
    await world.sql.query(
      `insert into event (organisation_id, owner_id, subject, start_time, end_time)
       select $1, $2, 'Event ' || n, t, t + interval '30 minutes'
       from generate_series(0, 1999) n, lateral (select timestamptz '2026-03-01T07:00:00Z'
         + (n / 70) * interval '1 day' + (n % 70) * interval '8 minutes' as t) x`,
      [ada.organisationId, ada.id],
    );
    const page = await openPage(browser, world, ada);
    await show(page, "Month");
    const more = page.locator('[role=gridcell][data-date="2026-03-10"]').getByText(/^\+\d+ more$/);
    await more.waitFor();
    const hidden = Number(/\d+/.exec(await more.innerText())![0]);
    const shown = await page.locator('[role=gridcell][data-date="2026-03-10"] .event').count();
    expect(hidden).toBeGreaterThanOrEqual(70 - Math.max(shown, 4));
    await show(page, "Day");
    await page.locator(".event").first().waitFor();
    await page.getByRole("button", { name: "Today" }).click();
  });

  describe("places of things", () => {
    test("day by day in a row, overlapping meetings beside each other, none over the edge", async () => {
      await make(ada, { subject: "One" });
      await make(ada, { subject: "Two" });
      await make(ben, { subject: "Three" });
      const page = await openPage(browser, world, ada, { viewport: { width: 1680, height: 900 } });
      await show(page, "Week");
      await page.getByRole("checkbox", { name: "Ben Franklin" }).check();
      await eventNamed(page, "Three").waitFor();
      const header = await boxOf(page.locator('[role=columnheader][data-date="2026-03-02"]'));
      const boxes = await Promise.all(["One", "Two", "Three"].map((name) => boxOf(eventNamed(page, name))));
      for (const [index, box] of boxes.entries()) {
        expect(box.x).toBeGreaterThanOrEqual(
          (boxes[index - 1]?.x ?? header.x) + (boxes[index - 1]?.width ?? 0) - 2,
        );
        expect(box.x + box.width).toBeLessThanOrEqual(header.x + header.width + 1);
      }
      const days = await page.locator("[role=columnheader][data-date]").all();
      const lefts = await Promise.all(days.map(async (day) => (await boxOf(day)).x));
      expect(lefts).toEqual([...lefts].sort((a, b) => a - b));
      expect(lefts).toHaveLength(7);
    });

    test("of eight meetings at a time some are readable, and the others in a list that stays in the window", async () => {
      const late = { startTime: "2026-03-08T21:00:00+01:00", endTime: "2026-03-08T22:00:00+01:00" };
      for (let number = 1; number <= 8; number++) await make(ada, { subject: `Meeting ${number}`, ...late });
      const page = await openPage(browser, world, ada, { viewport: { width: 1280, height: 420 } });
      await show(page, "Week");
      const more = page.getByRole("button", { name: /^\+6/ });
      await more.locator("> *").click();
      const list = page.locator(".more-list");
      await list.locator(".event").nth(5).waitFor();
      for (const event of await page.locator(".grid .event").all())
        expect((await boxOf(event)).width).toBeGreaterThan(50);
      const box = await boxOf(list);
      expect([box.x, box.y, 1280 - box.x - box.width, 420 - box.y - box.height].every((px) => px >= 0)).toBe(
        true,
      );
      await list.locator(".event").nth(5).click();
      await page.getByRole("dialog", { name: "Meeting" }).waitFor();
    });

    test("on a phone everything is within the screen, days are under each other, and a new event is a thumb away", async () => {
      await make(ada);
      await make(ada, { startTime: "2026-03-04T10:00:00Z", endTime: "2026-03-04T11:00:00Z" });
      const page = await openPage(browser, world, ada, {
        viewport: { width: 360, height: 700 },
        hasTouch: true,
      });
      await live(page);
      for (const view of VIEWS) {
        await show(page, view);
        await eventually(async () =>
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360),
        );
      }
      const headings = page.locator(".agenda-days [data-date]");
      await headings.nth(1).waitFor();
      const [today, later] = await Promise.all(
        [0, 1].map((day) => boxOf(headings.nth(day).locator("> *").first())),
      );
      expect(today!.x).toBe(later!.x);
      const date = await boxOf(headings.first().locator("> *").last());
      expect(date.x - today!.x - today!.width).toBeGreaterThanOrEqual(6);
      const event = await boxOf(page.locator(".event").first());
      expect(event.y - date.y - date.height).toBeLessThan(20);
      await page.locator(".new-event-float").click();
      const dialog = await boxOf(page.locator("dialog[open]"));
      expect([dialog.x, dialog.x + dialog.width]).toEqual([0, 360]);
      await boxOf(page.getByRole("button", { name: "Save", exact: true }));
    });
  });

  describe("axe finds nothing wrong", () => {
    const furnish = async (): Promise<void> => {
      await make(ada, {
        subject: "Accepted",
        attendees: [{ userId: ben.id }],
        location: "Room",
        private: true,
      });
      await make(ben, { subject: "Invitation", attendees: [{ userId: ada.id }] });
      await make(ben, { subject: "Hidden", private: true });
      await make(ada, { subject: "Days", allDay: true, startTime: "2026-03-03", endTime: "2026-03-06" });
    };
    const check = async (page: Page): Promise<void> => expect(await violations(page)).toEqual([]);

    test.each(["light", "dark"] as const)(
      "with any view, an event, its form and the small menus, %s",
      async (colorScheme) => {
        await furnish();
        const page = await openPage(browser, world, ada, { colorScheme });
        await live(page);
        await page.getByRole("checkbox", { name: "Ben Franklin" }).check();
        for (const view of VIEWS) {
          await show(page, view);
          await page.locator(".event").first().waitFor();
          await check(page);
          await page.getByRole("button", { name: "Next", exact: true }).click();
          await check(page);
          await page.getByRole("button", { name: "Today" }).click();
        }
        await openEvent(page, "Accepted");
        await page.getByText("Room").waitFor();
        await check(page);
        await page.getByRole("button", { name: "Edit" }).click();
        await page.getByRole("combobox", { name: "Add guests" }).fill("b");
        await page.getByRole("listbox").getByRole("option").first().waitFor();
        await check(page);
      },
    );

    test("where the reader's colours stand for all of ours, what is chosen and today are seen", async () => {
      await furnish();
      const page = await openPage(browser, world, ada, { forcedColors: "active" });
      await show(page, "Week");
      await page.locator(".event").first().waitFor();
      await check(page);
      const grounds = await page.evaluate(`["[aria-pressed=true]", "[aria-pressed=false]"].map((state) =>
        getComputedStyle(document.querySelector(".segments " + state)).backgroundColor)`);
      expect(new Set(grounds as string[]).size).toBe(2);
      const lockAndText =
        await page.evaluate(`[getComputedStyle(document.querySelector(".private .event-title"), "::before").backgroundColor,
        getComputedStyle(document.querySelector(".private .event-title")).color]`);
      expect(new Set(lockAndText as string[]).size).toBe(1);
    });

    test("when signing in, and with a record's timeline", async () => {
      await furnish();
      const page = await openPage(browser, world, null);
      await check(page);
      const { body } = await ada.rest("POST", "/contacts", { name: "Dana", email: "dana@globex.test" });
      await make(ada, { attendees: [{ emailAddress: "dana@globex.test" }] });
      const record = await openPage(browser, world, ada, { path: `/records/${body.id}` });
      await record.getByRole("heading", { name: "Kick-off" }).waitFor();
      await check(record);
    });
  });

  test("an event is said once: its tooltip is what is seen in it, and adds nothing to its name", async () => {
    await make(ada, { location: "Room 4" });
    const page = await openPage(browser, world, ada);
    const event = eventNamed(page, "Kick-off");
    await event.locator("[title$='Room 4']").first().waitFor();
    expect(await event.getAttribute("title")).toBeNull();
  });

  test("a deletion by keyboard leads to the event beside it, and waits for whoever is on its way to undo it", async () => {
    const id = await make(ada);
    await make(ada, { subject: "Stays" });
    const page = await openPage(browser, world, ada);
    await live(page);
    await page.clock.install();
    await eventNamed(page, "Kick-off").press("Delete");
    await page.locator(".event:focus").filter({ hasText: "Stays" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).focus();
    await page.clock.fastForward(60_000);
    await page.getByRole("button", { name: "Undo" }).press("Enter");
    await page.locator(`[data-event="${id}"]:focus`).waitFor();
    await page.clock.fastForward(60_000);
    expect((await ada.rest("GET", `/events/${id}`)).status).toBe(200);
  });

  test("everything can be done with the keyboard: going there, opening an event, changing it, and coming back to it", async () => {
    const id = await make(ada);
    const page = await openPage(browser, world, ada);
    await live(page);
    for (const key of ["w", "j", "k", "d", "m", "a", "w", "t"]) await page.keyboard.press(key);
    await eventNamed(page, "Kick-off").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Kick-off" }).waitFor();
    await page.getByRole("button", { name: "Edit" }).press("Enter");
    await page.locator("[placeholder='Add a title']:focus").waitFor();
    await page.keyboard.type(" tomorrow");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect((await ada.rest("GET", `/events/${id}`)).body.subject).toBe("Kick-off tomorrow");
    await change(ada, id, { location: "Elsewhere" });
    await page.locator(".event:focus:has([title$=Elsewhere])").waitFor();
  });
});
