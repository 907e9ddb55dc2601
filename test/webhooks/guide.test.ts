// The guide for receivers does as it says: its functions, in two languages, know what is ours, and what is not.
import { spawnSync } from "node:child_process";
import { blocksOf } from "../support/guides";
import { act, makeWebhook, readWebhook, Receiver, type Received } from "../support/receiver";
import { insertEvent } from "../support/plain-sql";
import { eventually } from "../support/wait";
import { openWorld, type Person, type World } from "../support/world";

const GUIDE = "src/webhooks/README.md";

let world: World;
let root: Person;
let receiver: Receiver;

beforeAll(async () => {
  world = await openWorld({ webhookInternalHosts: ["127.0.0.1"] });
  root = await world.person({ role: "admin" });
  receiver = await Receiver.open();
});
afterAll(async () => {
  await receiver.close();
  await world.close();
});

const CALLS: Record<string, [program: string, option: string, call: string]> = {
  js: [
    process.execPath,
    "-e",
    `const { secret, headers, text } = JSON.parse(process.env.MESSAGE);
     console.log(isOurs(secret, headers, Buffer.from(text)));`,
  ],
  python: [
    "python3",
    "-c",
    `
import json, os
m = json.loads(os.environ["MESSAGE"])
print(str(is_ours(m["secret"], m["headers"], m["text"].encode())).lower())`,
  ],
};

/** What the guide's function says of a message. */
function said(
  language: string,
  secret: string,
  { headers, text }: Pick<Received, "headers" | "text">,
): string {
  const [program, option, call] = CALLS[language]!;
  const block = blocksOf(GUIDE).find((one) => one.language === language)!;
  const { stdout, stderr } = spawnSync(program, [option, block.text + call], {
    env: { PATH: process.env.PATH, MESSAGE: JSON.stringify({ secret, headers, text }) },
    encoding: "utf8",
  });
  return stdout.trim() || stderr;
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) console.warn("Skipped: the guide's function in Python. There is no python3 here.");

test.each(
  Object.keys(CALLS).filter(
    (language) => language !== "python" || hasPython || process.env.TIDEMARK_NO_SKIPS,
  ),
)(
  "the guide's function in %s takes a message of ours, with either secret, and no other",
  async (language) => {
    const made = await makeWebhook(root, { url: receiver.url() });
    const { secret } = await act(root, `rotateWebhookSecret(id: ${made.id}) { secret }`);
    const before = receiver.received.length;
    await insertEvent(world.sql, root, { subject: "é" });
    const message = (await receiver.messages(before + 1)).at(-1)!;
    expect(said(language, secret, message)).toBe("true");
    expect(said(language, made.secret, message)).toBe("true");
    expect(said(language, `whsec_${Buffer.alloc(32).toString("base64")}`, message)).toBe("false");
    expect(said(language, secret, { ...message, text: `${message.text} ` })).toBe("false");
    const old = { ...message.headers, "webhook-timestamp": "1700000000" };
    expect(said(language, secret, { ...message, headers: old })).toBe("false");
    // Whoever finds the address posts whatever they like.
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
      const headers = { ...message.headers };
      delete headers[name];
      expect(said(language, secret, { ...message, headers })).toBe("false");
    }
    await act(root, `deleteWebhook(id: ${made.id}) { id }`);
  },
);

test("the guide's message has the keys of one that is sent", async () => {
  const { id } = await makeWebhook(root, { url: receiver.url() });
  const before = receiver.received.length;
  await insertEvent(world.sql, root);
  const message = (await receiver.messages(before + 1)).at(-1)!;
  const shown = JSON.parse(blocksOf(GUIDE).find(({ language }) => language === "json")!.text);
  expect(Object.keys(message.body)).toEqual(Object.keys(shown));
  expect(Object.keys(message.body.data)).toEqual(Object.keys(shown.data));
  expect(Object.keys(message.body.data.records[0])).toEqual(Object.keys(shown.data.records[0]));
  await act(root, `deleteWebhook(id: ${id}) { id }`);
});

test("the sync view of a calendar shows admins how far each webhook is there, and others none", async () => {
  const ada = await world.person();
  const { id } = await makeWebhook(root, { url: receiver.url(), calendarId: ada.calendarId });
  await makeWebhook(root, { url: receiver.url(), calendarId: root.calendarId });
  receiver.answer = () => 500;
  await insertEvent(world.sql, ada);
  const query = `query($id: ID) { syncView(calendarId: $id) { webhooks {
    id name state because watermark behindSeconds failingSince nextAttemptAt lastStatus deliveredAt } } }`;
  const shown = async (who: Person): Promise<unknown> =>
    (await who.graphql(query, { id: ada.calendarId })).data.syncView.webhooks;
  const instant = expect.stringMatching(/Z$/);
  await eventually(async () =>
    expect(await shown(root)).toEqual([
      {
        ...{ id, name: "test", state: "FAILING", because: "The receiver answered 500.", watermark: instant },
        ...{ behindSeconds: expect.any(Number), failingSince: instant, nextAttemptAt: instant },
        ...{ lastStatus: 500, deliveredAt: null },
      },
    ]),
  );
  expect(await shown(ada)).toEqual([]);
  const metrics = await (await fetch(`${world.url}/metrics`)).text();
  expect(metrics).toMatch(/^tidemark_webhooks\{state="failing"\} 1$/m);
  expect(metrics).toMatch(/^tidemark_webhook_calls_total\{result="failed"\} [1-9]/m);
  expect(await readWebhook(root, id)).toMatchObject({ state: "FAILING" });
});
