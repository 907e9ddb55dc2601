// Connecting a client in a browser, and the pages around it: tokens, the first poll, the way from page to page.
import type { Browser, Page } from "playwright-core";
import { describeInChromium } from "../support/chromium";
import { boxOf, openPage, setUpPages, violations } from "../support/pages";
import { AUDIENCE, Issuer, makeKey } from "../support/issuer";
import { callRest, type Person, type World } from "../support/world";
import { eventually } from "../support/wait";

let world: World;
let browser: Browser;
let ada: Person;
let ben: Person;

describeInChromium("the page /connect", () => {
  setUpPages((openedWorld, openedBrowser) => ([world, browser] = [openedWorld, openedBrowser]));
  beforeEach(async () => {
    const organisationId = await world.organisation();
    ada = await world.person({ name: "Ada Lovelace", role: "admin", organisationId });
    ben = await world.person({ name: "Ben Franklin", organisationId });
  });

  const open = (who: Person, path: string): Promise<Page> =>
    openPage(browser, world, who, {
      path,
      now: new Date().toISOString(),
      permissions: ["clipboard-read", "clipboard-write"],
    });
  const copied = (page: Page): Promise<string> => page.evaluate("navigator.clipboard.readText()");

  test("a member makes a token, copies it and the command, sees the first poll come, and revokes it", async () => {
    const page = await open(ben, "/connect");
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByText("Waiting for the first poll…").waitFor();
    expect(await page.getByLabel("Whose calendar").count()).toBe(0);
    await page.getByRole("button", { name: "Copy the token" }).click();
    await page.getByText("Copied").waitFor();
    const secret = await copied(page);
    expect(secret).toMatch(/^tmk_/);
    await page.getByRole("button", { name: "Copy the command" }).click();
    await eventually(async () => expect(await copied(page)).toContain("curl"));
    const [, address = ""] = /curl -s '([^']+)'/.exec(await copied(page)) ?? [];
    const [, header = ""] = /-H 'Authorization: ([^']+)'/.exec(await copied(page)) ?? [];
    expect(await violations(page)).toEqual([]);
    await fetch(`${world.url}/api/v1/me`, { headers: { Authorization: header } });
    await page
      .getByText("BrightSync has called with this token, and has not asked yet what changed.")
      .waitFor();
    const poll = await fetch(address, { headers: { Authorization: header } });
    expect([poll.status, header]).toEqual([200, `Bearer ${secret}`]);
    await page.getByText("It works: BrightSync has polled, and was sent 0 rows.").waitFor();
    expect(await page.locator('.first-poll[data-mood="good"]').count()).toBe(1);
    const row = page.getByRole("row").filter({ hasText: "BrightSync" });
    await row.getByRole("button", { name: "Revoke BrightSync" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke it" }).click();
    await row.getByText("Revoked").waitFor();
    expect((await fetch(address, { headers: { Authorization: header } })).status).toBe(401);
    await page.reload();
    await row.waitFor();
    expect(await page.content()).not.toContain(secret);
  });

  test("an admin makes one for somebody else, read only and for thirty days, and is told why a first request was refused", async () => {
    const page = await open(ada, "/connect");
    await page.getByLabel("Whose calendar").selectOption({ label: `Ben Franklin (${ben.email})` });
    await page.getByLabel("Client that will hold it").fill("Reporter");
    await page.getByLabel("What it may do").selectOption("Read only");
    await page.getByLabel("How long it lasts").selectOption("30 days");
    await page.getByRole("button", { name: "Make a token" }).click();
    const secret = await page.locator(".code-box code").first().innerText();
    const headers = { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" };
    expect((await fetch(`${world.url}/api/v1/events`, { method: "POST", headers, body: "{}" })).status).toBe(
      403,
    );
    await page.getByText(/Reporter was heard, and refused\. forbidden: /).waitFor();
    const { data } = await ben.graphql("{ tokens { name scopes expiresAt } }");
    expect(data.tokens[0]).toEqual({ name: "Reporter", scopes: ["read"], expiresAt: expect.any(String) });
    await page.getByRole("row").filter({ hasText: "Reporter" }).waitFor();
  });

  test("somebody signs in at the issuer, is back at the page they were at, and the token is in no address", async () => {
    const issuer = new Issuer([]);
    await issuer.start(await makeKey("pages"));
    const oidc = {
      issuer: issuer.url,
      audience: AUDIENCE,
      organisation: null,
      client: { id: "pages", secret: null },
    };
    const service = await world.instance({ oidc });
    // Of a domain that no other organisation has, or the issuer would speak for that one's users.
    const { organisationId } = ben;
    const cleo = await world.person({ email: `cleo@${organisationId}.test`, organisationId });
    const claims = { email: cleo.email, email_verified: true };
    await issuer.stop();
    issuer.clients = [{ id: "pages", claims, redirectUri: `${service.url}/sign-in/callback` }];
    await issuer.start(await makeKey("pages"));
    const now = new Date().toISOString();
    const page = await openPage(browser, world, null, { url: service.url, path: "/sync?calendar=1", now });
    await page.getByRole("link", { name: `Sign in at ${new URL(issuer.url).host}` }).click();
    await page.locator("[name=login]").fill("ben");
    await page.locator("[name=password]").fill("anything");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { level: 1, name: "Sync" }).waitFor();
    expect(page.url()).toBe(`${service.url}/sync?calendar=1`);
    const jwt = await page.evaluate("sessionStorage.getItem('tidemark.token')");
    const { body } = await callRest(service.url, String(jwt), { method: "GET", path: "/me" });
    expect(body.userId).toBe(cleo.id);
    const kept = await page.context().cookies(`${service.url}/sign-in`);
    expect(kept.filter(({ name }) => name.startsWith("tidemark"))).toEqual([]);

    // Somebody who says no there is told so here, and may use a token.
    const other = await openPage(browser, world, null, { url: service.url, now });
    await other.getByRole("link", { name: /^Sign in at/ }).click();
    await other.getByRole("link", { name: /Cancel/ }).click();
    await other.getByText("You were not signed in there.").waitFor();
    expect(await violations(other)).toEqual([]);
    await other.getByLabel("Access token").fill(ben.token);
    await other.getByRole("button", { name: "Sign in" }).click();
    await other.getByRole("dialog").waitFor({ state: "detached" });
    await service.close();
    await issuer.stop();
  });

  test("every page leads to every other with one head, also where there is none; the side bar's end is in sight", async () => {
    const page = await open(ben, "/connect");
    const places = page.getByRole("navigation", { name: "Tidemark" });
    await places.getByRole("link", { name: "Sync" }).click();
    await page.waitForURL(`${world.url}/sync`);
    expect(await places.locator("[aria-current=page]").innerText()).toBe("Sync");
    await page.goto(`${world.url}/nowhere`);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    expect(await places.getByRole("link").count()).toBeGreaterThanOrEqual(5);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 480 });
    await page.getByRole("link", { name: "To the calendar" }).click();
    const last = page.getByRole("button", { name: "Sign out" });
    await eventually(async () => {
      const { y, height } = await boxOf(last);
      expect(y + height).toBeLessThanOrEqual(480);
    });
  });

  test("pages speak the browser's language, or the one that their reader set, with the reader's clock and week, and nobody else's", async () => {
    const page = await openPage(browser, world, ben, { path: "/connect", locale: "de-AT" });
    await page.getByRole("heading", { name: "BrightSync verbinden" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
    await page.getByRole("button", { name: "Einstellungen" }).click();
    await page.getByLabel("Sprache").selectOption({ label: "Français" });
    await page.getByLabel("Uhr").selectOption({ label: "12 Stunden, etwa 4:00 PM" });
    await page.getByLabel("Die Woche beginnt am").selectOption({ label: "Sonntag" });
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Speichern" }).click();
    await page.getByRole("heading", { name: "Connecter BrightSync" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");
    // How a span is written, each version of the browser has for itself.
    const SUNDAYS_WEEK = /\b1\b\D+\b7 mars 2026/;
    await page.goto(`${world.url}/?view=week&date=2026-03-02`);
    await page.getByRole("heading", { name: SUNDAYS_WEEK }).waitFor();
    expect(await page.locator("[role=columnheader][data-date]").first().getAttribute("data-date")).toBe(
      "2026-03-01",
    );
    await page
      .getByText(/^9\s?AM$/)
      .first()
      .waitFor();
    const other = await page.context().newPage();
    await other.goto(`${world.url}/connect#token=${ada.token}`);
    await other.getByRole("heading", { name: "BrightSync verbinden" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: SUNDAYS_WEEK }).waitFor();
  });
});
