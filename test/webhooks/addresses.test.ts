// Whom a webhook may call: no spelling of an address, no name, no redirect and no second look-up leads it into the network of
// whoever runs the service.
import { readConfig } from "../../src/config";
import { act, deleteWebhooks, makeWebhook, readWebhook, Receiver } from "../support/receiver";
import { NameServer } from "../support/name-server";
import { insertEvent } from "../support/plain-sql";
import { eventually } from "../support/wait";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let root: Person;
let receiver: Receiver;

beforeAll(async () => {
  world = await openWorld({ webhookInternalHosts: ["hooks.internal"] });
  root = await world.person({ role: "admin" });
  receiver = await Receiver.open();
});
afterEach(async () => {
  await deleteWebhooks(world);
});
afterAll(async () => {
  await receiver.close();
  await world.close();
});

const HOSTS = [
  ..."127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0x7F.0x0.0x0.0x1".split(
    " ",
  ),
  ..."0 0.0.0.0 0x0 00.0 10.0.0.1 10.255.255.255 012.1 167772161 100.64.0.1 100.127.255.254 169.254.169.254".split(
    " ",
  ),
  ..."2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 172.16.0.1 172.31.255.255 192.168.1.1 192.168.257".split(
    " ",
  ),
  ..."192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250".split(
    " ",
  ),
  ..."240.0.0.1 255.255.255.255 １２７.０.０.１ ①②⑦.⓪.⓪.① 127。0。0。1 %31%32%37.0.0.1 0x7f.0.0.1%2e".split(
    " ",
  ),
  ..."[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::ffff:0:127.0.0.1]".split(
    " ",
  ),
  ..."[fe80::1] [febf::1] [fc00::1] [fd12:3456::1] [ff02::1] [fec0::1] [64:ff9b::7f00:1] [64:ff9b:1::1]".split(
    " ",
  ),
  ..."[2002:7f00:1::] [2002:a9fe:a9fe::1] [2001::1] [2001:db8::1] [100::1] [3fff::1] [5f00::1] [4000::1]".split(
    " ",
  ),
];

const create = async (url: string): Promise<string | undefined> => {
  const { errors, data } = await root.graphql(
    'mutation($url: String!) { createWebhook(input: {name: "w", url: $url}) { webhook { id } } }',
    { url },
  );
  if (!errors) return data.createWebhook.webhook.id && undefined;
  const { code, details } = errors[0]!.extensions;
  return `${code} ${details.map(({ field }: { field: string }) => field).join()}`;
};

test("none of sixty and more spellings of an address that is not public may be called", async () => {
  expect(HOSTS.length).toBeGreaterThan(60);
  const said: Record<string, string | undefined> = {};
  for (const host of HOSTS) said[host] = await create(`https://${host}/hooks`);
  expect(said).toEqual(Object.fromEntries(HOSTS.map((host) => [host, "bad_request url"])));
});

test.each([
  "http://8.8.8.8/",
  "http://example.com/",
  "ftp://8.8.8.8/",
  "file:///etc/passwd",
  "gopher://8.8.8.8/",
  "javascript:alert(1)",
  "8.8.8.8",
  "//8.8.8.8/",
  "https:8.8.8.8",
  "https://",
  "https://user:secret@8.8.8.8/",
  "https://user@8.8.8.8/",
  "https://:secret@8.8.8.8/",
  "https://8.8.8.8:22/",
  "https://8.8.8.8:80/",
  "https://8.8.8.8:65536/",
  "https://8.8.8.8:0/",
  `https://8.8.8.8/${"x".repeat(2_000)}`,
  "",
  "https://8.8.8.8/\u0000",
  "https://hooks.internal.8.8.8.8.nip.invalid:25/",
])("an address that no webhook may have is refused: %s", async (url) => {
  expect(await create(url)).toBe("bad_request url");
});

test.each([
  "https://8.8.8.8/",
  "https://8.8.8.8:8443/x?y=z",
  "https://[2606:4700::1111]/",
  "HTTPS://8.8.8.8",
])("a public address may be called: %s", async (url) => {
  expect(await create(url)).toBeUndefined();
});

test("a name that leads to an address that is not public is refused, one among several public ones too", async () => {
  const server = await NameServer.open((name) =>
    name.startsWith("mixed")
      ? ["8.8.8.8", "10.0.0.1"]
      : name.startsWith("good")
        ? ["8.8.8.8"]
        : ["127.0.0.1"],
  );
  expect(await create("https://127.0.0.1.nip.test/")).toBe("bad_request url");
  expect(await create("https://mixed.test/")).toBe("bad_request url");
  expect(await create("https://good.test/")).toBeUndefined();
  server.close();
});

test("a name that comes to lead elsewhere after it was judged is not called", async () => {
  const server = await NameServer.open((_name, nth) => (nth === 0 ? ["8.8.8.8"] : ["127.0.0.1"]));
  const { id } = await makeWebhook(root, { url: `https://rebound.test:${receiver.port}/` });
  await insertEvent(world.sql, root);
  await eventually(async () =>
    expect(await readWebhook(root, id)).toMatchObject({
      state: "FAILING",
      because: "The address is not public.",
      lastStatus: null,
    }),
  );
  expect(await act(root, `testWebhook(id: ${id}) { status error }`)).toEqual({
    status: null,
    error: "The address is not public.",
  });
  expect(server.asked.length).toBeGreaterThanOrEqual(3);
  expect(receiver.received).toEqual([]);
  server.close();
});

test("an address that the settings allow no longer is not called, and an address of another is not taken", async () => {
  const { id } = await makeWebhook(root, { url: `http://hooks.internal:${receiver.port}/` });
  await world.sql.query("update webhook set url = $1", [receiver.url()]);
  expect(await act(root, `testWebhook(id: ${id}) { status error }`)).toEqual({
    status: null,
    error: "The address is not public.",
  });
  const refusal = await act(root, `updateWebhook(id: ${id}, input: {url: "${receiver.url()}"}) { id }`);
  expect(refusal.extensions).toMatchObject({ code: "bad_request", details: [{ field: "url" }] });
});

test("the hosts of WEBHOOK_INTERNAL_HOSTS are names and addresses, and what is none is told at the start", () => {
  const hostsOf = (given: string): readonly string[] =>
    readConfig({ WEBHOOK_INTERNAL_HOSTS: given }).webhookInternalHosts;
  expect(hostsOf("Hooks.Internal, 127.1,[::1],fd00::5")).toEqual([
    "hooks.internal",
    "127.0.0.1",
    "[::1]",
    "[fd00::5]",
  ]);
  for (const wrong of ["http://x", "x:80", "a b", "x/y", "x,,y", "u@x"])
    expect(() => hostsOf(wrong)).toThrow("WEBHOOK_INTERNAL_HOSTS must be hosts");
});
