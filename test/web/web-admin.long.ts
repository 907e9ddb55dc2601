// The pages of administrators in a browser, against a real service: people and rooms, webhooks, forgetting, their acts.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { make } from "../support/events";
import { openPage, setUpPages, violations } from "../support/pages";
import { Receiver } from "../support/receiver";
import type { Person, World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;
let page: Page;

describeInChromium("the pages of /admin", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    const organisationId = await world.organisation();
    ada = await world.person({ name: "Ada Lovelace", role: "admin", organisationId });
    ben = await world.person({ name: "Ben Franklin", organisationId });
  });

  const open = async (who: Person, part: string): Promise<void> => {
    page = await openPage(browser, world, who, { path: `/admin/${part}` });
  };
  const dialog = () => page.getByRole("dialog");
  const sendAs = (name: string) => dialog().getByRole("button", { name, exact: true }).click();
  const row = (name: string) => page.getByRole("row").filter({ hasText: name });

  test("an admin adds a room, changes a person, grants a calendar, disables somebody, and finds who did it", async () => {
    await open(ada, "users");
    await page.getByRole("button", { name: "Add a user or room" }).click();
    await dialog().getByLabel("Kind").selectOption("Room");
    await dialog().getByLabel("Name").fill("Blue room");
    await dialog().getByLabel("Address", { exact: true }).fill(ben.email);
    await dialog().getByLabel("How many people it holds").fill("8");
    await sendAs("Add");
    await dialog()
      .getByRole("alert")
      .getByText(/e-mail address already exists/)
      .waitFor();
    await dialog().getByLabel("Address", { exact: true }).fill("blue@rooms.test");
    expect(await violations(page)).toEqual([]);
    await sendAs("Add");
    await row("Blue room").getByText("room, for 8").waitFor();
    await page.getByRole("button", { name: "Edit: Ben Franklin" }).click();
    await dialog().getByLabel("Other addresses").fill("ben@other.test\nb@other.test");
    // A slip of a key throws nothing away.
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Keep editing" }).click();
    await eventually(async () =>
      expect(await dialog().getByLabel("Other addresses").inputValue()).toContain("b@other.test"),
    );
    await dialog().getByLabel("Role").selectOption("Administrator");
    await sendAs("Save");
    await row("Ben Franklin").getByText("also ben@other.test, b@other.test").waitFor();
    await page.getByRole("button", { name: "Access: Ada Lovelace" }).click();
    await dialog().getByLabel("Let").selectOption(`Ben Franklin (${ben.email})`);
    await dialog().getByRole("button", { name: "Give access" }).click();
    await dialog().getByRole("button", { name: "Take away from Ben Franklin" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Disable: Ben Franklin" }).click();
    await sendAs("Disable");
    await page.getByText("Ben Franklin is disabled.").waitFor();
    await page.getByLabel("Show").selectOption("Disabled");
    await page.getByRole("button", { name: "Enable: Ben Franklin" }).waitFor();
    await page.getByRole("button", { name: "Add a user or room" }).click();
    await dialog().getByLabel("Name").waitFor();
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Add a user or room" }).click();
    await dialog().getByLabel("Name").fill("Nobody");
    await page.evaluate("history.back()");
    await page.getByRole("button", { name: "Discard" }).click();
    await dialog().waitFor({ state: "detached" });
    const { data } = await ada.graphql(
      "{ users(includeDisabled: true) { name kind role aliases capacity disabled } }",
    );
    expect(data.users).toMatchObject([
      { name: "Ada Lovelace" },
      { name: "Ben Franklin", role: "admin", aliases: ["ben@other.test", "b@other.test"], disabled: true },
      { name: "Blue room", kind: "room", capacity: 8 },
    ]);
    await page.getByRole("link", { name: "History: Ben Franklin" }).click();
    await page.getByText(`Only user ${ben.id}.`).waitFor();
    const acts = page.getByRole("row").filter({ hasText: "through test" });
    await acts.filter({ hasText: /Disabled\s+\(empty\)/ }).waitFor();
    expect(await acts.filter({ hasText: "Blue room" }).count()).toBe(0);
    await page.getByRole("button", { name: "Show all" }).click();
    await acts.filter({ hasText: "Blue room" }).waitFor();
    await page.getByLabel("Show").selectOption("Access to calendars");
    await page.getByRole("row").filter({ hasText: "grant" }).getByText("read").waitFor();
    await page.getByLabel("Show").selectOption("Access tokens");
    // The tests made the tokens without a token.
    const made = page.getByRole("row").filter({ hasText: /a program, in SQL|the command line/ });
    await made.first().getByText("read, write").waitFor();
    expect(await page.getByText(/plain SQL|\["/).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  test("a member is told that these pages are not theirs, and no page leads there", async () => {
    await open(ben, "users");
    await page.getByText("These pages are for the administrators").waitFor();
    expect(await page.getByRole("link", { name: "Admin", exact: true }).count()).toBe(0);
    expect(await page.getByRole("table").count()).toBe(0);
  });

  test("a webhook is made, its secret shown once, tested, paused, given another secret and deleted", async () => {
    const receiver = await Receiver.open();
    const { url, close } = await world.instance({ webhookInternalHosts: ["127.0.0.1"] });
    try {
      page = await openPage(browser, world, ada, { path: "/admin/webhooks", url });
      await page.getByRole("button", { name: "Add a webhook" }).click();
      await dialog().getByLabel("Name").fill("CRM");
      await dialog().getByLabel("Address that is called").fill("http://10.0.0.1/");
      await sendAs("Add");
      await dialog().getByRole("alert").getByText(/url/).waitFor();
      await dialog().getByLabel("Address that is called").fill(receiver.url());
      await sendAs("Add");
      const secret = page.locator(".code-box code");
      const first = await secret.innerText();
      expect(first).toMatch(/^whsec_/);
      await page.getByRole("button", { name: "Send a test: CRM" }).click();
      await page.getByText(/^CRM took the test: 20\d, in \d+ ms\.$/).waitFor();
      await page.getByRole("button", { name: "Attempts: CRM" }).click();
      await dialog().getByText("webhook.test").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Pause: CRM" }).click();
      await row("CRM").getByText("Paused", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Resume: CRM" }).click();
      await row("CRM").getByText("On", { exact: true }).waitFor();
      await page.getByRole("button", { name: "New secret: CRM" }).click();
      await page.getByText("signs beside it for 24 hours").waitFor();
      expect(await secret.innerText()).not.toBe(first);
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Delete: CRM" }).click();
      await sendAs("Delete");
      await page.getByText("There is none yet.").waitFor();
    } finally {
      await page.context().close();
      await close();
      await receiver.close();
    }
  });

  test("a person is looked at, and erased once the address was typed; texts that still name them are listed", async () => {
    const guest = { emailAddress: "zora@client.test", name: "Zora Neale" };
    const id = await make(ada, { subject: "With Zora Neale", attendees: [guest] });
    await open(ada, "forgetting");
    await page.getByLabel("An address of theirs").fill("nobody@client.test");
    await page.getByRole("button", { name: "See what is kept" }).click();
    await page.getByText("Nothing is kept of nobody@client.test.").waitFor();
    await page.getByLabel("An address of theirs").fill(guest.emailAddress);
    await page.getByRole("button", { name: "See what is kept" }).click();
    await page.getByText("Events: 1").waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download it" }).click(),
    ]);
    expect(file.suggestedFilename()).toBe("person.jsonl");
    await page.getByRole("button", { name: "Erase this person…" }).click();
    await eventually(async () =>
      expect(await dialog().getByRole("button", { name: "Erase for good" }).isDisabled()).toBe(true),
    );
    await dialog().getByLabel("Type the address").fill(guest.emailAddress);
    expect(await violations(page)).toEqual([]);
    await sendAs("Erase for good");
    const text = page.getByRole("listitem").filter({ hasText: `Event ${id}: subject` });
    expect(await text.getByRole("link").getAttribute("href")).toBe(`/?event=${id}`);
    const { body } = await ada.rest("GET", `/events/${id}`);
    expect(body.attendees[0].emailAddress).toMatch(/@erased\.invalid$/);
  });

  test("the sync page shows every calendar, the worst first, by client, and leads to one", async () => {
    const sync = await ben.through("BrightSync");
    await sync.rest("GET", "/events?since=nonsense");
    page = await openPage(browser, world, ada, { path: "/sync" });
    await page.getByRole("heading", { name: "Something is wrong" }).waitFor();
    await page.getByLabel("Client").selectOption("BrightSync");
    await row("Ben Franklin").getByText("bad_request").waitFor();
    expect(await row("Ada Lovelace").count()).toBe(0);
    expect(page.url()).toBe(`${world.url}/sync?client=BrightSync`);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    await row("Ben Franklin").getByText("Refused").waitFor();
    await page.getByRole("link", { name: "Ben Franklin" }).click();
    await page.getByRole("heading", { name: "What had no effect" }).waitFor();
  });

  test("the organisation's setting is shown and changed", async () => {
    await open(ada, "organisation");
    await page.getByLabel("That time is taken").check();
    await page.getByText("Saved. It holds from now on.").waitFor();
    await page.reload();
    await page.locator("input:checked").waitFor();
    expect(await page.getByLabel("That time is taken").isChecked()).toBe(true);
    expect((await ada.graphql("{ organisation { colleaguesSee } }")).data.organisation.colleaguesSee).toBe(
      "BUSY",
    );
  });
});
