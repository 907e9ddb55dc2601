// Somebody who is told of a calendar by a webhook, and is no good at it: calls are hung up on before they are heard and after,
// answered with 500 and 503, or not at all. What was taken makes a mirror, by the one rule for receivers: keep the greatest
// watermark, pass over what is not later.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../support/random";
import type { Client } from "./client";
import { Mirror } from "./mirror";
import type { Person } from "./stage";
import type { Row } from "./wire";

/** What becomes of a call. */
const FATES = { taken: 70, answerLost: 8, unheard: 8, busy: 12, broken: 2 } as const;
const IN_STEP_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 500;

interface Message {
  type: string;
  data: {
    since: string;
    watermark: string;
    records: (Omit<Row, "event"> & { event?: Row; deleted: boolean })[];
  };
}

export class Hook {
  readonly mirror = new Mirror();
  calls = 0;
  private watermark = "";
  private isCalm = false;
  private webhookId = "";
  private leave: (() => void) | null = null;

  private constructor(
    readonly person: Person,
    private readonly admin: Client,
    private readonly server: Server,
    private readonly random: Random,
  ) {}

  static async open(admin: Client, person: Person, seed: string): Promise<Hook> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const hook = new Hook(person, admin, server, new Random(`${seed}/hook ${person.id}`));
    server.on("request", (request, response) => void hook.hear(request, response));
    const { port } = server.address() as AddressInfo;
    const { users } = await admin.ask(
      "query ($emails: [String!]) { users(emails: $emails) { calendarId } }",
      {
        emails: [person.email],
      },
    );
    const input = {
      name: `hook of ${person.name}`,
      url: `http://127.0.0.1:${port}/`,
      calendarId: users[0].calendarId as string,
      content: "EVENTS",
      since: 0,
    };
    const made = await admin.ask(
      "mutation ($input: WebhookInput!) { createWebhook(input: $input) { webhook { id } } }",
      { input },
    );
    hook.webhookId = made.createWebhook.webhook.id as string;
    return hook;
  }

  get name(): string {
    return `webhook of ${this.person.name}`;
  }

  /** From here on it takes what comes, until it is told that nothing more is waiting. */
  async catchUp(): Promise<void> {
    this.isCalm = true;
    const { findings } = this.admin.reach;
    for (
      const from = performance.now();
      performance.now() - from < IN_STEP_WITHIN_MS;
      await sleep(LOOK_EVERY_MS)
    ) {
      // Resumed, it is tried at once.
      const { updateWebhook: shown } = await this.admin.ask(
        "mutation ($id: ID!) { updateWebhook(id: $id, input: { paused: false }) { state behindSeconds } }",
        { id: this.webhookId },
      );
      if (shown.state === "ON" && shown.behindSeconds === 0) return;
    }
    findings.fault("missed", `${this.name}: something still waits for it`);
  }

  /** Comes when it has taken the next call, which is never answered. */
  leaveNextUnanswered(): Promise<true> {
    return new Promise((resolve) => {
      this.leave = () => resolve(true);
    });
  }

  answerAgain(): void {
    this.leave = null;
  }

  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fate = this.isCalm ? "taken" : this.random.weighted(FATES);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    this.calls++;
    if (fate === "unheard") return void response.destroy();
    if (fate === "busy") return void response.writeHead(503, { "Retry-After": "1" }).end();
    if (fate === "broken") return void response.writeHead(500).end();
    this.take(JSON.parse(Buffer.concat(pieces).toString()) as Message);
    const { leave } = this;
    this.leave = null;
    // Whoever called is about to be killed.
    if (leave) return leave();
    if (fate === "answerLost") return void response.destroy();
    response.writeHead(204).end();
  }

  private take({ type, data }: Message): void {
    const { findings } = this.admin.reach;
    if (type !== "calendar.changed") {
      findings.fault("feedFaults", `${this.name}: ${type}, though it was never away for long`);
      return;
    }
    if (data.watermark <= this.watermark) return;
    this.watermark = data.watermark;
    let last = "";
    for (const { event, ...row } of data.records) {
      if (row.lastModifiedAt < last || row.lastModifiedAt > data.watermark)
        findings.fault("feedFaults", `${this.name}: event ${row.id} of ${row.lastModifiedAt} out of order`);
      last = row.lastModifiedAt;
      if (this.mirror.take((event ?? row) as Row) === "stale")
        findings.fault("feedFaults", `${this.name}: event ${row.id} of ${last} after a later version of it`);
    }
  }
}
