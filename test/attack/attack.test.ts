// The attack in its short form, on a process of its own; what it has found; and the judge, who must not be asleep.
import { parse } from "graphql";
import { Documents } from "../../src/graphql/documents";
import { attack } from "./attack";
import { OPERATIONS } from "./rest-shots";
import type { Shot } from "./shot";
import { faultsOf } from "./verdict";
import { ensureBuilt } from "../support/child";
import { isLong } from "../support/long-form";
import { cloneDatabase, openWorld } from "../support/world";

beforeAll(() => ensureBuilt());

const REQUESTS = isLong ? 20_000 : 2_000;

test("hostile requests get no 5xx, one shape of refusal, nothing of another organisation, and leave memory as it was", async () => {
  const database = await cloneDatabase();
  try {
    const settings = { DATABASE_URL: database.url };
    const report = await attack({ requests: REQUESTS, seed: "tidemark", only: null, settings });
    expect(report.faults.join("\n")).toBe("");
    expect(Object.values(report.byDoor).reduce((sum, count) => sum + count)).toBe(REQUESTS);
    expect(Object.keys(report.byDoor).sort()).toEqual(["graphql", "page", "raw", "rest", "socket"]);
    // It would prove little if everything was turned away at the first step.
    for (const status of [200, 201, 400, 401, 403, 404, 405])
      expect(report.byStatus[status]).toBeGreaterThan(0);
    expect(report.byStatus[200]).toBeGreaterThan(400);
  } finally {
    await database.drop();
  }
});

test("every operation of the OpenAPI document is attacked", () => {
  expect(OPERATIONS.length).toBeGreaterThan(15);
  expect(OPERATIONS.map(({ method, template }) => `${method} ${template}`)).toContain("PATCH /events/{id}");
});

describe("the judge finds fault with", () => {
  const home = { marker: "ours", year: 2144 };
  const homes = [home, { marker: "theirs", year: 2143 }];
  const shot = (more: Partial<Shot>): Shot => ({
    ...{ door: "graphql", home, method: "POST", path: "/graphql", headers: {} },
    ...more,
  });
  const json = { "content-type": "application/json; charset=utf-8", "x-request-id": "r" };
  const refusal = { code: "forbidden", message: "No.", requestId: "r", details: [] };
  const error = { message: "No.", extensions: { code: "forbidden", requestId: "r", details: [] } };

  test.each<[string, Partial<Shot>, number, unknown]>([
    ["a 500", {}, 500, { errors: [error] }],
    ["a text of another organisation", {}, 200, { data: { me: { name: "theirs" } } }],
    ["a time of another organisation", {}, 200, { data: { event: { startTime: "2143-01-01" } } }],
    [
      "a defect within a 200",
      {},
      200,
      { errors: [{ ...error, extensions: { ...error.extensions, code: "internal" } }] },
    ],
    [
      "an error without a request id",
      {},
      200,
      { errors: [{ message: "No.", extensions: { code: "forbidden" } }] },
    ],
    ["a stack", {}, 200, { errors: [{ ...error, message: "No\n    at x" }] }],
    ["neither data nor errors", {}, 200, {}],
    ["a refusal of another shape", { door: "rest", path: "/elsewhere" }, 403, { error: "no" }],
    ["a code that is not the status's", { door: "rest", path: "/elsewhere" }, 404, refusal],
    ["an event where none belongs", { door: "rest", path: "/elsewhere" }, 403, { ...refusal, current: {} }],
    [
      "an answer the document does not know",
      { door: "rest", method: "GET", path: "/api/v1/me" },
      418,
      refusal,
    ],
  ])("%s", (_, more, status, body) => {
    const answer = { status, headers: new Headers(json), text: JSON.stringify(body) };
    expect(faultsOf(shot(more), answer, homes)).not.toEqual([]);
  });

  test.each([
    ["a 500 on a bare socket", "HTTP/1.1 500 Internal Server Error\r\n\r\n"],
    ["a socket closed for a fault of ours", "HTTP/1.1 101 Switching Protocols\r\n\r\n\x88\x02\x03\xf3"],
    [
      "a refusal on a bare socket that has no shape",
      "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    ],
  ])("%s", (_, text) => {
    expect(faultsOf(shot({ door: "raw" }), { status: 0, headers: new Headers(), text }, homes)).not.toEqual(
      [],
    );
  });

  test("nothing in an answer that is as it should be", () => {
    const good = {
      status: 200,
      headers: new Headers(json),
      text: JSON.stringify({ data: { me: null }, errors: [error] }),
    };
    expect(faultsOf(shot({}), good, homes)).toEqual([]);
    const refused = {
      status: 404,
      headers: new Headers(json),
      text: JSON.stringify({ ...refusal, code: "not_found" }),
    };
    expect(faultsOf(shot({ door: "rest", path: "/elsewhere" }), refused, homes)).toEqual([]);
  });

  test("a word of somebody else in an answer, but not in the request id that the caller chose", () => {
    const requestId = '"2143-1';
    const answer = {
      status: 404,
      headers: new Headers({ ...json, "x-request-id": requestId }),
      text: JSON.stringify({ ...refusal, code: "not_found", requestId }),
    };
    const asked = shot({ door: "rest", path: "/elsewhere" });
    expect(faultsOf(asked, answer, homes)).toEqual([]);
    const leaky = { ...answer, text: answer.text.replace("No.", 'At \\"2143-01-01') };
    expect(faultsOf(asked, leaky, homes)).toHaveLength(1);
  });
});

describe("what an attack has found", () => {
  test("a contact's `email` beside `emails` is kept as the first of them, and refused where it is no text", async () => {
    const world = await openWorld();
    const ada = await world.person();
    const create = (more: object) => ada.rest("POST", "/contacts", { name: "C", ...more });
    expect((await create({ email: "a@x.co", emails: ["b@x.co", "a@x.co"] })).body.emails).toEqual([
      "a@x.co",
      "b@x.co",
    ]);
    for (const email of [0, {}, true]) {
      expect((await create({ email, emails: [] })).body.details[0].field).toBe("emails[0]");
    }
    await world.close();
  });

  test("a contact's list of 51 addresses is too long, also where they are all one, and that one is its `email`", async () => {
    const world = await openWorld();
    const ada = await world.person();
    const emails = Array.from({ length: 51 }, () => "a@x.co");
    const refused = await ada.rest("POST", "/contacts", { name: "C", email: "a@x.co", emails });
    expect([refused.status, refused.body.details[0].field]).toEqual([400, "emails"]);
    await world.close();
  });

  test("documents that are never sent again take no more memory than a bound", async () => {
    const documents = new Documents();
    const text = (index: number): string => `{ me { ${"name ".repeat(2_000)} } } # ${index}`;
    for (let index = 0; index < 200; index++) await documents.set(String(index), parse(text(index)));
    const kept = await Promise.all(Array.from({ length: 200 }, (_, index) => documents.get(String(index))));
    const characters = kept.reduce((sum, document) => sum + (document?.loc?.source.body.length ?? 0), 0);
    expect(characters).toBeLessThanOrEqual(128 * 1024);
    expect(kept.findIndex((document) => document !== undefined)).toBeGreaterThan(150);
    expect(kept[199]).toBeDefined();
  });

  test("a document that is asked for again outlives those that are not", async () => {
    const documents = new Documents();
    await documents.set("used", parse("{ me { id } }"));
    for (let index = 0; index < 200; index++) {
      await documents.set(String(index), parse(`{ me { ${"name ".repeat(2_000)} } }`));
      await documents.get("used");
    }
    expect(await documents.get("used")).toBeDefined();
    expect(await documents.get("0")).toBeUndefined();
  });
});
