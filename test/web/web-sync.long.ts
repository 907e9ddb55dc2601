// The sync view as the person sees it who asks whether BrightSync is working: in a browser, against a real service.
import { randomUUID } from "node:crypto";
import type { Browser } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { make } from "../support/events";
import { openPage, setUpPages, violations } from "../support/pages";
import type { Person, World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;
let brightSync: Person;

const FEED = "/events?showDeleted=true";

describeInChromium("the sync view", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    const organisationId = await world.organisation();
    const person = (name: string, role: "admin" | "member"): Promise<Person> =>
      world.person({ name, role, organisationId, email: `${randomUUID()}@test.test` });
    [ada, ben] = [await person("Ada Lovelace", "admin"), await person("Ben Franklin", "member")];
    brightSync = await ben.through("BrightSync");
  });

  const open = (who: Person | null, address = "/sync") => openPage(browser, world, who, { path: address });

  test("says that nobody has polled yet, then that BrightSync is in step, with what it got", async () => {
    const page = await open(ben);
    await page.getByRole("heading", { name: "Nobody has polled yet" }).waitFor();
    await page.getByText("Nothing has changed in this calendar yet.").waitFor();
    await make(ben, { subject: "Kick-off <b>" });
    await brightSync.rest("GET", FEED);
    await page.getByRole("heading", { name: "Everything is in step" }).waitFor();
    const row = page.getByRole("row").filter({ hasText: "BrightSync" });
    await row.getByText("In step").waitFor();
    expect(await row.locator('[data-label="Delivered"]').innerText()).toBe("1");
    await page.getByRole("cell", { name: "Kick-off <b>" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test("shows a change as it is made, with who made it through which client", async () => {
    const page = await open(ben);
    await page.locator('.connection[data-state="live"]').waitFor();
    const id = await make(ada, { subject: "Pricing", attendees: [{ userId: ben.id }] });
    const row = page.getByRole("row").filter({ hasText: "Pricing" });
    await row.getByText("Ada Lovelace").waitFor();
    await row.getByText("through test").waitFor();
    await brightSync.rest("DELETE", `/events/${id}`);
    const gone = page.getByRole("row").filter({ hasText: "through BrightSync" });
    await gone.getByText("Left").waitFor();
    await gone.getByText("Ben Franklin").waitFor();
  });

  test("says who is behind, by how much, and whose requests are refused and why", async () => {
    await brightSync.rest("GET", FEED);
    await make(ben, { subject: "Not fetched" });
    const page = await open(ben);
    const row = page.getByRole("row").filter({ hasText: "BrightSync" });
    await eventually(async () => expect(await row.locator('[data-label="Waiting"]').innerText()).toBe("1"));
    // As if it had been half an hour: entries are written by triggers alone.
    await world.sql.query(
      `create or replace function tidemark_now() returns timestamptz language sql volatile as
       'select clock_timestamp() + interval ''30 minutes'''`,
    );
    try {
      await page.getByRole("heading", { name: "Something is wrong" }).waitFor();
      await page.getByText(/^BrightSync is 30 min behind: 1 change waits for it\.$/).waitFor();
    } finally {
      await world.sql.query(
        "create or replace function tidemark_now() returns timestamptz language sql volatile as 'select clock_timestamp()'",
      );
    }
    await brightSync.rest("GET", "/events?since=nonsense");
    await row.getByText("Refused").first().waitFor();
    await row.getByText("bad_request").waitFor();
  });

  test("when all who polled have lost their tokens it says that nobody polls any more, and not that nobody has yet", async () => {
    await brightSync.rest("GET", FEED);
    await world.sql.query("update access_token set revoked_at = now() where id = $1", [brightSync.tokenId]);
    const page = await open(ben);
    await page.getByRole("heading", { name: "Nobody polls any more" }).waitFor();
    await page.getByText("The token of BrightSync has ended. Whoever is to go on needs another").waitFor();
    const all = await open(ada);
    await all.getByText("1 has no token any more.").waitFor();
  });

  test("an admin looks at any calendar, and the address keeps which; a member has no choice", async () => {
    await brightSync.rest("GET", FEED);
    const page = await open(ada);
    await page.getByRole("heading", { name: "Every calendar, the worst first" }).waitFor();
    await page.getByRole("combobox", { name: "Calendar" }).selectOption({ label: "Ben Franklin" });
    await page.getByRole("row").filter({ hasText: "BrightSync" }).waitFor();
    expect(page.url()).toBe(`${world.url}/sync?calendar=${ben.calendarId}`);
    await page.reload();
    await page.getByRole("row").filter({ hasText: "BrightSync" }).waitFor();
    const other = await open(ben, `/sync?calendar=${ada.calendarId}`);
    await other.getByRole("alert").getByText("Only an admin").waitFor();
    expect(await other.getByRole("combobox", { name: "Calendar" }).count()).toBe(0);
  });

  test("a token that ends is said, and a service that cannot be reached is asked again by itself", async () => {
    const page = await open(await ben.through("the page"));
    await page.getByRole("heading", { name: "Nobody has polled yet" }).waitFor();
    await page.route("**/graphql", (route) => route.abort());
    await page.getByRole("alert").getByText("cannot be reached").waitFor();
    await page.unroute("**/graphql");
    await page.getByRole("alert").waitFor({ state: "detached" });
    await world.sql.query("update access_token set revoked_at = now() where name = 'the page'");
    await page.getByText("has expired or was revoked").waitFor();
    await page.getByLabel("Access token").waitFor();
  });
});
