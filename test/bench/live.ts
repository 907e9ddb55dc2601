// npm run bench:live: two instances, a subscriber at one and a writer at the other. How soon a change is seen, what a batch of
// 500 takes, and whether a minute without a connection leaves a gap.
import { createClient, type Client } from "graphql-ws";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { tokenOf, userId } from "./data";
import { Load } from "./load";
import { describeMachine } from "./machine";
import type { Request } from "./operations";
import { onStage, startService } from "./stage";

const EVENTS = 10_000;
const CUT_MS = Number(process.argv[2] ?? 60) * 1_000;
const USER = 3;

interface Change {
  id: string;
  lastModifiedAt: string;
  watermark: string;
}

/** A subscriber who notes when it saw which version. */
class Subscriber {
  readonly seen = new Map<string, number>();
  watermark: string | null = null;
  private client: Client | null = null;
  private socket: WebSocket | null = null;

  constructor(private readonly url: string) {}

  async open(): Promise<void> {
    const note = (socket: WebSocket): void => void (this.socket = socket);
    class Noted extends WebSocket {
      constructor(address: string, protocols?: string | string[]) {
        super(address, protocols);
        note(this);
      }
    }
    this.client = createClient({
      url: `${this.url.replace("http", "ws")}/graphql`,
      webSocketImpl: Noted,
      connectionParams: { authorization: `Bearer ${tokenOf(USER)}` },
      retryAttempts: 0,
    });
    const query =
      "subscription ($since: DateTime) { eventChanged(since: $since) { id lastModifiedAt watermark } }";
    this.client.subscribe<{ eventChanged: Change }>(
      { query, variables: { since: this.watermark } },
      {
        next: ({ data }) => {
          if (!data) return;
          const { id, lastModifiedAt, watermark } = data.eventChanged;
          this.seen.set(`${id} ${lastModifiedAt}`, performance.now());
          this.watermark = watermark;
        },
        error: () => undefined, // The connection is cut on purpose; what was missed shows in the end.
        complete: () => undefined,
      },
    );
    await sleep(500);
  }

  cut(): void {
    this.socket?.terminate();
  }

  async until(versions: readonly string[]): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!versions.every((version) => this.seen.has(version))) {
      if (performance.now() > deadline) throw new Error("A change was not seen within half a minute.");
      await sleep(2);
    }
  }
}

onStage(EVENTS, async (stage) => {
  console.log(describeMachine());
  const [near, far] = [await startService(stage), await startService(stage)];
  const load = new Load(far.url, 4);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the document asks for
  const ask = async (query: string, variables: object): Promise<any> => {
    const request: Request = {
      method: "POST",
      path: "/graphql",
      headers: { authorization: `Bearer ${tokenOf(USER)}`, "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    };
    const { data, errors } = JSON.parse((await load.ask(request)).body.toString());
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const input = (subject: string): object => ({
    subject,
    startTime: "2030-01-01T09:00:00Z",
    endTime: "2030-01-01T10:00:00Z",
    attendees: [{ userId: userId(USER) }],
  });
  const create = async (subject: string): Promise<string> => {
    const { createEvent } = await ask(
      "mutation ($input: EventInput!) { createEvent(input: $input) { id lastModifiedAt } }",
      { input: input(subject) },
    );
    return `${createEvent.id} ${createEvent.lastModifiedAt}`;
  };

  const subscriber = new Subscriber(near.url);
  await subscriber.open();
  const delays: number[] = [];
  for (let round = 0; round < 30; round++) {
    const version = await create(`seen ${round}`);
    const answered = performance.now();
    await subscriber.until([version]);
    delays.push((subscriber.seen.get(version) ?? NaN) - answered);
  }
  delays.sort((a, b) => a - b);
  console.log(
    `a change at the other instance is seen ${delays[15]?.toFixed(0)} ms after its answer (median), ${delays.at(-1)?.toFixed(0)} ms at most (goal 1,000)`,
  );

  const took: number[] = [];
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    const { createEvents } = await ask(
      "mutation ($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { event { id lastModifiedAt } error { code } } }",
      { inputs: Array.from({ length: 500 }, (_, index) => input(`batch ${round} ${index}`)) },
    );
    took.push(performance.now() - began);
    await subscriber.until(
      createEvents.map(({ event }: { event: Change }) => `${event.id} ${event.lastModifiedAt}`),
    );
  }
  console.log(`500 events in one call: ${took.map((ms) => ms.toFixed(0)).join(", ")} ms (goal 1,000)`);

  subscriber.cut();
  const missed: string[] = [];
  const until = performance.now() + CUT_MS;
  while (performance.now() < until) {
    missed.push(await create(`missed ${missed.length}`));
    await sleep(500);
  }
  const early = missed.filter((version) => subscriber.seen.has(version)).length;
  await subscriber.open();
  await subscriber.until(missed);
  console.log(
    `cut for ${CUT_MS / 1_000} s: ${early} of ${missed.length} changes seen meanwhile, all of them after it resumed`,
  );
  load.close();
});
