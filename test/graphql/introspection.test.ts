// A hidden schema: what is refused suggests none of its names.
import { rawSocket, say } from "../support/live";
import { openWorld, type World } from "../support/world";
import { until } from "../support/wait";

const MISTAKES: [what: string, query: string, variables?: Record<string, unknown>][] = [
  ["a field", "{ me { emial } }"],
  ["a root field", "{ mee { email } }"],
  ["a field of one of several types", "{ event(id: 1) { subjct } }"],
  ["an argument", "{ event(idd: 1) { id } }"],
  ["an argument of a directive", "{ me { email @include(iff: true) } }"],
  ["a type", "query ($x: EventFiltr) { events(filter: $x) { totalCount } }"],
  ["a type of a fragment", "{ me { ... on Usr { email } } }"],
  ["an enum value in the document", "{ events(orderBy: STRT) { totalCount } }"],
  ["an input field in the document", '{ events(filter: {txt: "a"}) { totalCount } }'],
  [
    "an enum value in a variable",
    "query ($o: EventOrder) { events(orderBy: $o) { totalCount } }",
    { o: "STRT" },
  ],
  [
    "an input field in a variable",
    "query ($f: EventFilter) { events(filter: $f) { totalCount } }",
    { f: { txt: "a" } },
  ],
  ["a subscription", "subscription { eventChangd { id } }"],
];

describe.each([true, false])("introspection: %s", (introspection) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ introspection });
  });
  afterAll(() => world.close());

  test.each(MISTAKES)(
    "%s that is misspelt, over HTTP, as a stream and over WebSocket",
    async (...[, query, variables]) => {
      const ada = await world.person();
      const texts = [];
      for (const accept of ["application/json", "text/event-stream"]) {
        const reply = await fetch(`${world.url}/graphql`, {
          method: "POST",
          headers: {
            Authorization: `Bearer ${ada.token}`,
            "Content-Type": "application/json",
            Accept: accept,
          },
          body: JSON.stringify({ query, variables }),
        });
        texts.push(await reply.text());
      }
      const { socket, heard } = await rawSocket(world.url);
      say(socket, { type: "connection_init", payload: { authorization: `Bearer ${ada.token}` } });
      await until(() => heard.length === 1);
      say(socket, { id: "1", type: "subscribe", payload: { query, variables } });
      await until(() => heard.length === 2);
      socket.terminate();
      texts.push(heard[1]!);
      for (const text of texts) {
        expect(text).toContain("bad_request");
        if (!introspection) expect(text).not.toMatch(/did you mean/i);
      }
      // What is looked for is there where the schema may be read.
      if (introspection) expect(texts.join()).toMatch(/did you mean/i);
    },
  );
});
