// The built service on a PostgreSQL that a test does things to, and a client of Ada's, who is an administrator of its demo.
import { ensureBuilt, killServices, startService, tidemark, type Running } from "./child";
import { KeepAliveClient } from "./keep-alive-client";
import type { Postgres } from "./postgres";

export interface Crm {
  service: Running;
  client: KeepAliveClient;
  token: string;
  settings: Record<string, string>;
  /** Of all events of her calendar. */
  subjects(): Promise<Set<string>>;
  close(): Promise<void>;
}

/** `url` is that of the database `crm`, which is made on this server. */
export async function startCrm(
  server: Postgres,
  more: Record<string, string>,
  url = server.url("crm"),
): Promise<Crm> {
  await ensureBuilt();
  await server.query("create database crm");
  const settings = { DATABASE_URL: url, RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "fatal", ...more };
  const service = await startService(settings);
  const made = await tidemark(["token", "create", "--email", "ada@demo.test", "--name", "faults"], settings);
  const { token } = JSON.parse(made.stdout) as { token: string };
  const client = new KeepAliveClient([Number(new URL(service.url).port)], token, 10);
  return {
    service,
    client,
    token,
    settings,
    subjects: async () => {
      const { status, body } = await client.ask({ method: "GET", path: "/events?since=0" });
      if (status !== 200) throw new Error(`The feed was not answered: ${status} ${body}`);
      const { records } = JSON.parse(body) as { records: { subject: string }[] };
      return new Set(records.map(({ subject }) => subject));
    },
    close: async () => {
      client.close();
      await killServices();
    },
  };
}
