// Somebody who receives webhooks: a real HTTP server that verifies what comes with the library of Standard Webhooks, and
// answers as it is told.
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { Person, World } from "./world";
import { eventually, until } from "./wait";

/* eslint-disable @typescript-eslint/no-explicit-any -- messages are whatever the wire holds: tests look into them freely */

export interface Received {
  id: string;
  headers: http.IncomingHttpHeaders;
  text: string;
  body: any;
  path: string;
  /** On the clock of performance.now(). */
  at: number;
}

/** What to answer: a status with headers, or whatever is done to the response itself. */
export type Answer = number | [number, Record<string, string>] | ((response: http.ServerResponse) => void);

export class Receiver {
  readonly received: Received[] = [];
  /** Of each message, by how many came before it; 204 where nothing is said. */
  answer: (message: Received, nth: number) => Answer | Promise<Answer> = () => 204;

  private constructor(private readonly server: http.Server) {}

  static async open(host = "127.0.0.1"): Promise<Receiver> {
    const server = http.createServer();
    const receiver = new Receiver(server);
    server.on("request", (request, response) => void receiver.take(request, response));
    server.listen(0, host);
    await once(server, "listening");
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path = "/hooks"): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** All rows that came with messages that were taken, in the order in which they came. */
  get rows(): any[] {
    return this.received.flatMap(({ body }) => body.data.records ?? []);
  }

  /** Goes on once so many messages have come. */
  async messages(count: number): Promise<Received[]> {
    await until(() => this.received.length >= count);
    return this.received;
  }

  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const message: Received = {
      id: String(request.headers["webhook-id"]),
      headers: request.headers,
      text,
      body: JSON.parse(text),
      path: request.url ?? "",
      at: performance.now(),
    };
    const nth = this.received.push(message) - 1;
    const answer = await this.answer(message, nth);
    if (typeof answer === "function") answer(response);
    else if (typeof answer === "number") response.writeHead(answer).end();
    else response.writeHead(...answer).end();
  }
}

/** Throws where the message does not bear the secret's signature. */
export const verify = (secret: string, { text, headers }: Received): unknown =>
  new Webhook(secret).verify(text, headers as Record<string, string>);

export interface Made {
  id: string;
  secret: string;
}

export async function makeWebhook(who: Person, input: Record<string, unknown>): Promise<Made> {
  const { data, errors } = await who.graphql(
    "mutation($input: WebhookInput!) { createWebhook(input: $input) { secret webhook { id } } }",
    { input: { name: "test", ...input } },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return { id: data.createWebhook.webhook.id, secret: data.createWebhook.secret };
}

/** For `afterEach`. Whoever has one of them in hand takes its rows in another order, so one of the two may have to give way. */
export const deleteWebhooks = ({ sql }: World): Promise<void> =>
  eventually(async () => void (await sql.query("delete from webhook")));

const SHOWN = `id name url calendarId userId content skipTokenId createdAt state because behindSeconds failingSince
  lastStatus delivered attempts(first: 100) { at messageId type calendarId rows status ms error }`;

export async function readWebhook(who: Person, id: string): Promise<any> {
  const { data, errors } = await who.graphql(`query($id: ID!) { webhook(id: $id) { ${SHOWN} } }`, { id });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.webhook;
}

export async function act(who: Person, mutation: string): Promise<any> {
  const { data, errors } = await who.graphql(`mutation { ${mutation} }`);
  return errors ? errors[0] : Object.values(data)[0];
}
