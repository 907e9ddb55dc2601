// The pages of /records: looking for a record, and its timeline, which stays as true as it was when it was loaded; and a
// timeline in other people's pages.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { describeInChromium, PATIENCE_MS } from "../support/chromium";
import { change, make } from "../support/events";
import { textOf } from "../support/guides";
import { openPage, save, setUpPages, twoPeople, violations } from "../support/pages";
import type { Person, World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

const { SCREENSHOTS } = process.env;

/** For whoever looks at them: light, dark, and as wide as a phone. */
async function pictures(page: Page, name: string): Promise<void> {
  if (!SCREENSHOTS) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}.png`, fullPage: true });
  }
  const size = page.viewportSize() ?? { width: 1280, height: 800 };
  await page.setViewportSize({ width: 390, height: 800 });
  await page.screenshot({ path: `${SCREENSHOTS}/${name}-phone.png`, fullPage: true });
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: "light" });
}

async function recordOf(
  owner: Person,
  type: string,
  name: string,
  more: { emails?: string[]; accountId?: string } = {},
): Promise<string> {
  const { data, errors } = await owner.graphql(
    "mutation($records: [RecordInput!]!) { saveRecords(records: $records) { id } }",
    { records: [{ type, name, ...more }] },
  );
  expect(errors).toBeUndefined();
  return (data as { saveRecords: { id: string }[] }).saveRecords[0]!.id;
}

const at = (day: string): { startTime: string; endTime: string } => ({
  startTime: `${day}T09:00:00Z`,
  endTime: `${day}T10:00:00Z`,
});

const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

describeInChromium("the pages of /records", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    [ada, ben] = await twoPeople(world);
  });

  test("a record is found by a part of its name, by its address and by its type, and Back leads to what was found", async () => {
    const globex = await recordOf(ada, "Account", "Globex");
    await recordOf(ada, "Contact", "Dana Scott", { emails: ["dana@globex.test"], accountId: globex });
    await recordOf(ada, "Lead", "Danielle Roy", { emails: ["dan@initech.test"] });
    const page = await openPage(browser, world, ada, { path: "/records" });
    const rows = page.locator(".record-list li");
    await rows.nth(2).waitFor();
    await pictures(page, "records");
    expect(await violations(page)).toEqual([]);
    const search = page.getByLabel("Name or e-mail address");
    await search.fill("dan");
    await page.waitForURL("**/records?q=dan");
    await rows.nth(1).waitFor();
    await rows.nth(2).waitFor({ state: "detached" });
    expect(await page.getByRole("status").first().innerText()).toBe("2 records");
    await page.getByLabel("Type").selectOption("Leads");
    await rows.nth(1).waitFor({ state: "detached" });
    expect(await rows.innerText()).toContain("Danielle Roy");
    await page.getByLabel("Type").selectOption("All");
    await search.fill("dana@globex.test");
    await rows.filter({ hasText: "Dana Scott" }).waitFor();
    expect(await rows.innerText()).toContain("Globex · dana@globex.test");
    await search.fill("nobody such");
    await page.getByText("No record is called that.").waitFor();
    await search.fill("dana");
    await page.getByRole("link", { name: "Dana Scott" }).click();
    await page.getByRole("heading", { level: 1, name: "Dana Scott" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "Dana Scott" }).waitFor();
    expect(await search.inputValue()).toBe("dana");
  });

  test("a timeline has what is coming and what was, by year and page by page, also meetings of colleagues", async () => {
    const id = await recordOf(ada, "Contact", "Dana Scott", { emails: ["dana@globex.test"] });
    const relatedTo = [{ type: "Contact", id }];
    for (let day = 1; day <= 27; day++)
      await make(ben, {
        subject: `Past ${day}.`,
        ...at(`2026-01-${String(day).padStart(2, "0")}`),
        relatedTo,
      });
    await make(ben, { subject: "Long ago", ...at("2024-05-05"), relatedTo });
    await make(ada, { subject: "Soon", ...at("2026-03-05"), relatedTo });
    await make(ben, { subject: "Hush", private: true, ...at("2026-03-06"), relatedTo });
    for (const address of [`/records/${id}`, `/records/contact-${id}`, `/records/Contact/${id}`]) {
      const page = await openPage(browser, world, ada, { path: address });
      await region(page, "Coming").getByText("Soon").waitFor();
      expect(await region(page, "Coming").innerText()).not.toContain("Hush");
      const past = region(page, "Past").getByRole("heading", { level: 4 });
      expect((await past.allInnerTexts())[0]).toBe("Past 27.");
      await page.getByRole("button", { name: "More" }).click();
      await page.getByText("Past 1.", { exact: true }).waitFor();
      expect(await past.count()).toBe(28);
      expect(await region(page, "Past").getByRole("heading", { level: 3 }).allInnerTexts()).toEqual([
        "2026",
        "2024",
      ]);
    }
  });

  test("a meeting says who comes and whose it is; long descriptions are folded, addresses are links, and the row opens the event", async () => {
    const id = await recordOf(ada, "Contact", "Dana Scott", { emails: ["dana@globex.test"] });
    const long = `Agenda at https://wiki.example/agenda. ${"A word or two more. ".repeat(30)}The end.`;
    await make(ben, {
      subject: "Demo",
      location: "Room 4, https://maps.example/4",
      conferenceUrl: "https://meet.example/a",
      description: long,
      ...at("2026-03-05"),
      attendees: [{ userId: ada.id, status: "Accepted" }, { emailAddress: "dana@globex.test" }],
    });
    await make(ben, {
      subject: "Short",
      // As mailboxes write it: the link stands in both fields, and is shown once.
      location: "https://meet.example/b",
      conferenceUrl: "https://meet.example/b",
      description: "Bring https://files.example/a.pdf!",
      ...at("2026-03-06"),
      relatedTo: [{ type: "Contact", id }],
    });
    const page = await openPage(browser, world, ada, { path: `/records/Contact/${id}` });
    const demo = page.locator(".timeline-list > li").filter({ hasText: "Demo" });
    await demo.getByText("Ada Lovelace comes").waitFor();
    await demo.getByText("Dana Scott has not answered").waitFor();
    await demo.getByText("Organised by Ben Franklin").waitFor();
    const addresses = page.locator(".timeline-list a[target=_blank]");
    expect(await addresses.evaluateAll((links) => links.map((link) => link.getAttribute("href")))).toEqual([
      "https://maps.example/4",
      "https://meet.example/a",
      "https://wiki.example/agenda",
      "https://meet.example/b",
      "https://files.example/a.pdf",
    ]);
    expect(await page.getByText("The end.").isVisible()).toBe(false);
    await pictures(page, "timeline");
    await demo.locator("summary").click();
    await eventually(async () => expect(await page.getByText("The end.").isVisible()).toBe(true));
    expect(await violations(page)).toEqual([]);
    await demo.getByText("Organised by").click({ force: true });
    await page.getByRole("dialog", { name: "Demo" }).waitFor();
  });

  test("an account has its contacts' and opportunities' meetings, told through whom", async () => {
    const account = await recordOf(ada, "Account", "Globex");
    const dana = await recordOf(ada, "Contact", "Dana Scott", {
      emails: ["dana@globex.test"],
      accountId: account,
    });
    const deal = await recordOf(ada, "Opportunity", "Big deal", { accountId: account });
    await make(ada, {
      subject: "Lunch",
      ...at("2026-03-05"),
      attendees: [{ emailAddress: "dana@globex.test" }],
    });
    await make(ada, {
      subject: "Offer",
      ...at("2026-03-06"),
      relatedTo: [{ type: "Opportunity", id: deal }],
    });
    await make(ada, {
      subject: "Review",
      ...at("2026-03-07"),
      relatedTo: [
        { type: "Account", id: account },
        { type: "Contact", id: dana },
      ],
    });
    const page = await openPage(browser, world, ada, { path: `/records/Account/${account}` });
    const row = (subject: string) => page.locator(".timeline-list > li").filter({ hasText: subject });
    await row("Offer").getByText("Through Big deal").waitFor();
    await row("Review").waitFor();
    expect(await row("Review").getByText("Through").count()).toBe(0);
    await pictures(page, "account");
    expect(await violations(page)).toEqual([]);
    await row("Lunch").getByText("Through").getByRole("link", { name: "Dana Scott" }).click();
    await page.waitForURL(`**/records/Contact/${dana}`);
    await row("Lunch").waitFor();
    expect(await row("Lunch").getByText("Through").count()).toBe(0);
  });

  test("what others change shows as it happens: a new meeting, one that moves, one that goes", async () => {
    const id = await recordOf(ada, "Contact", "Dana Scott", { emails: ["dana@globex.test"] });
    const relatedTo = [{ type: "Contact", id }];
    const page = await openPage(browser, world, ada, { path: `/records/Contact/${id}` });
    await page.getByText("Nothing is planned.").waitFor();
    const event = await make(ben, { subject: "Out of the blue", ...at("2026-03-05"), relatedTo });
    await region(page, "Coming").getByText("Out of the blue").waitFor();
    await make(ben, { subject: "Before it", ...at("2026-03-04"), relatedTo });
    await region(page, "Coming").getByText("Before it").waitFor();
    const coming = region(page, "Coming").getByRole("heading", { level: 4 });
    expect(await coming.allInnerTexts()).toEqual(["Before it", "Out of the blue"]);
    await change(ben, event, at("2025-12-31"));
    await region(page, "Past").getByText("Out of the blue").waitFor();
    expect(await region(page, "Past").getByRole("heading", { level: 3 }).innerText()).toBe("2025");
    expect(await coming.allInnerTexts()).toEqual(["Before it"]);
    await page.context().setOffline(true);
    await page.getByText("The connection is gone. What you see is as it was.").waitFor();
    await make(ben, { subject: "Meanwhile", ...at("2026-03-07"), relatedTo });
    await page.context().setOffline(false);
    await region(page, "Coming").getByText("Meanwhile").waitFor();
    await page.getByText("The connection is gone.").waitFor({ state: "detached" });
    await change(ben, event, { relatedTo: [] });
    await page.getByText("There was no meeting yet.").waitFor();
  });

  test("a new meeting begins with the record filled in", async () => {
    const id = await recordOf(ada, "Opportunity", "Big deal");
    const page = await openPage(browser, world, ada, { path: `/records/Opportunity/${id}` });
    await page.getByRole("link", { name: "New meeting" }).click();
    await page.getByRole("button", { name: "Unlink Big deal" }).waitFor();
    await page.getByPlaceholder("Add a title").fill("Kick it off");
    await save(page);
    await page.getByText("Saved.").waitFor();
    expect(new URL(page.url()).search).not.toContain("new=");
    await page.goto(`${world.url}/records/Opportunity/${id}`);
    await region(page, "Coming").getByRole("link", { name: "Kick it off" }).waitFor();
    await page.goto(`${world.url}/?new=Contact-${id}`);
    await page.getByText("The record that the event was to be about is not there.").waitFor();
  });

  test("a record that does not exist is said not to, with the way to those that do", async () => {
    for (const address of ["/records/Contact/99999999", "/records/99999999", "/records/nonsense"]) {
      const page = await openPage(browser, world, ada, { path: address });
      await page.getByText("There is no such record").waitFor();
      expect(await page.getByRole("link", { name: "Look for a record" }).getAttribute("href")).toBe(
        "/records",
      );
    }
  });

  describe("in somebody else's page", () => {
    interface Host {
      origin: string;
      /** What it answers, whatever is asked for; a token at /tidemark-token. */
      html: string;
      tokens: string[];
      close: () => Promise<void>;
    }

    const hosts: Host[] = [];

    /** Of another site than the service, which is at 127.0.0.1. */
    async function openHost(): Promise<Host> {
      const host = { html: "", tokens: [] as string[] };
      const server = createServer((req, res) => {
        if (req.url === "/tidemark-token")
          res
            .setHeader("Content-Type", "application/json")
            .end(JSON.stringify({ token: host.tokens.shift() }));
        else res.setHeader("Content-Type", "text/html").end(host.html);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
      const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
      hosts.push(Object.assign(host, { origin, close }));
      return hosts.at(-1)!;
    }

    let crm: Host;
    let stranger: Host;
    let url: string;
    let closeInstance: () => Promise<void>;
    let id: string;

    beforeEach(async () => {
      [crm, stranger] = [await openHost(), await openHost()];
      const instance = await world.instance({ frameAncestors: [crm.origin] });
      [url, closeInstance] = [instance.url, instance.close];
      const account = await recordOf(ada, "Account", "Globex");
      id = await recordOf(ada, "Contact", "Dana Scott", { emails: ["dana@globex.test"], accountId: account });
      await make(ada, { ...at("2030-03-05"), relatedTo: [{ type: "Contact", id }] });
    });
    afterEach(async () => {
      for (const context of browser.contexts()) await context.close();
      await closeInstance();
      for (const host of hosts.splice(0)) await host.close();
    });

    /** What a page that has the timeline in a frame, and keeps all that is said to it. */
    const around = (more = "", fragment = ""): string => `<!doctype html><title>A page</title><script>
      const heard = [];
      addEventListener("message", ({ data }) => heard.push(data));
      </script><iframe name="timeline" src="${url}/records/Contact/${id}?embed=1${fragment}"></iframe>${more}`;

    const open = async (address: string, page?: Page): Promise<Page> => {
      const tab =
        page ?? (await (await browser.newContext({ viewport: { width: 900, height: 700 } })).newPage());
      tab.setDefaultTimeout(PATIENCE_MS);
      await tab.goto(address);
      return tab;
    };
    const waits = (page: Page) =>
      page.frameLocator("iframe").first().getByText("Waiting for the page").waitFor();
    const heardBy = (page: Page) => page.evaluate("JSON.stringify(heard)");

    test("the example of deploy/ shows it without what surrounds it, and its token is kept in no storage and no address", async () => {
      crm.html = textOf("deploy/embedding.html")
        .replace("https://calendar.example", url)
        .replace("/records/Contact/55", `/records/Contact/${id}`);
      const reader = await ada.through("CRM", ["read"]);
      crm.tokens = [reader.token, reader.token];
      const page = await open(crm.origin);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("link", { name: "Kick-off" }).waitFor();
      expect(await frame.getByRole("navigation").count()).toBe(0);
      expect(await frame.getByText("Sign out").count()).toBe(0);
      const inner = page.frames()[1]!;
      // Some browsers let a page in a frame have no storage at all.
      const stored =
        "(() => { try { return sessionStorage.length + localStorage.length } catch { return 0 } })()";
      expect(await inner.evaluate(stored)).toBe(0);
      expect(inner.url()).toBe(`${url}/records/Contact/${id}?embed=1`);
      if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/embedded.png` });
      for (const name of ["Kick-off", "New meeting"]) {
        const link = frame.getByRole("link", { name });
        expect([await link.getAttribute("target"), await link.getAttribute("rel")]).toEqual([
          "_blank",
          "noopener noreferrer",
        ]);
      }
      await make(ada, { subject: "Just now", ...at("2030-03-06"), relatedTo: [{ type: "Contact", id }] });
      await frame.getByRole("link", { name: "Just now" }).waitFor();
      await frame.getByRole("link", { name: "Globex", exact: true }).click();
      await frame.getByRole("heading", { level: 1, name: "Globex" }).waitFor();
      expect(page.frames()[1]!.url()).toMatch(/\/records\/Account\/\d+\?embed=1$/);
      expect(await frame.getByRole("navigation").count()).toBe(0);
    });

    test("in a frame of the calendar, the browser asks before a form goes that somebody typed in", async () => {
      crm.html = `<!doctype html><script>addEventListener("message", ({ data, source }) =>
        data.tidemark === "ready" && source.postMessage({ tidemark: "token", token: "${ada.token}" }, "*"));
        </script><iframe src="${url}/?embed=1" width="880" height="650"></iframe>`;
      const page = await open(crm.origin);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("button", { name: "New event" }).last().click();
      await frame.getByPlaceholder("Add a title").pressSequentially("Half a meeting");
      const question = page.waitForEvent("dialog");
      await page.close({ runBeforeUnload: true });
      expect((await question).type()).toBe("beforeunload");
      await (await question).dismiss();
      expect(await frame.getByPlaceholder("Add a title").inputValue()).toBe("Half a meeting");
    });

    test("a page that is not listed shows nothing of it, and hears nothing from it", async () => {
      stranger.html = around();
      const page = await open(stranger.origin);
      await page
        .waitForEvent("console", (message) => message.text().includes("frame-ancestors"))
        .catch(() => null);
      expect(
        await page
          .frames()[1]!
          .evaluate("document.body.innerText")
          .catch(() => ""),
      ).not.toContain("Waiting");
      expect(await heardBy(page)).toBe("[]");
    });

    test("a listed page that a stranger has in a frame shows nothing of it either", async () => {
      crm.html = around();
      stranger.html = `<!doctype html><iframe src="${crm.origin}"></iframe>`;
      const page = await open(stranger.origin);
      await page.frameLocator("iframe").locator("iframe").waitFor();
      const inner = page.frames().find((frame) => frame.name() === "timeline")!;
      expect(await inner.evaluate("document.body.innerText").catch(() => "")).not.toContain("Waiting");
      expect(await page.frames()[1]!.evaluate("JSON.stringify(heard)")).toBe("[]");
    });

    test("no token is taken from another frame, from the window that opened it, from the address, or from the tab", async () => {
      const send = (to: string) => `${to}.postMessage({ tidemark: "token", token: "${ben.token}" }, "*")`;
      stranger.html = `<!doctype html><script>setInterval(() => { ${send('parent.frames["timeline"]')} }, 50)</script>`;
      crm.html = around(`<iframe src="${stranger.origin}"></iframe>`, `#token=${ada.token}`);
      // Somebody is signed in in this tab.
      const page = await open(`${url}/records#token=${ada.token}`);
      await page.getByText("Sign out").waitFor();
      await open(crm.origin, page);
      await waits(page);
      await page.waitForFunction("frames.length === 2");
      await page.frames()[2]!.evaluate(send('parent.frames["timeline"]'));
      await waits(page);
      expect(page.frames()[1]!.url()).toBe(`${url}/records/Contact/${id}?embed=1`);
      expect(await heardBy(page)).toBe('[{"tidemark":"ready"}]');

      stranger.html = `<!doctype html><script>
        const opened = open("${url}/records/Contact/${id}?embed=1");
        setInterval(() => { ${send("opened")} }, 50)</script>`;
      const opener = await page.context().newPage();
      const popup = page.context().waitForEvent("page");
      await open(stranger.origin, opener);
      await (await popup).getByRole("dialog", { name: "Sign in" }).waitFor();
    });

    test("who is listed hears that it is ready and that a token ended, never the token; one that ended is not tried again", async () => {
      const first = await ada.through("CRM", ["read"]);
      const second = await ada.through("CRM", ["read"]);
      crm.tokens = [first.token, first.token, second.token];
      crm.html = around(`<script>
        addEventListener("message", async ({ source, origin }) => {
          const { token } = await (await fetch("/tidemark-token", { method: "POST" })).json();
          source.postMessage({ tidemark: "token", token }, origin);
        });</script>`);
      const page = await open(crm.origin);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("link", { name: "Kick-off" }).waitFor();
      await ada.graphql("mutation($id: ID!) { revokeToken(id: $id) { id } }", { id: first.tokenId });
      await frame.getByText("has expired or was revoked").waitFor();
      expect(await heardBy(page)).toBe('[{"tidemark":"ready"},{"tidemark":"ended"}]');
      await page.evaluate(`frames[0].postMessage({ tidemark: "token", token: "${second.token}" }, "${url}")`);
      await frame.getByRole("link", { name: "Kick-off" }).waitFor();
      expect(await heardBy(page)).toBe('[{"tidemark":"ready"},{"tidemark":"ended"}]');
    });
  });
});
