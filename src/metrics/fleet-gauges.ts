// What only the database knows, and is the same whichever instance is asked. It is asked at most every fifteen seconds, when
// somebody looks.
import { Gauge, type Registry } from "prom-client";
import type { FleetHealth } from "./fleet-health";

type Found = Awaited<ReturnType<FleetHealth["read"]>>;

export function gaugeFleet(register: Registry, health: FleetHealth): void {
  const registers = [register];
  const one = (name: string, help: string, read: (found: Found) => number): Gauge =>
    new Gauge({
      name: `tidemark_${name}`,
      help,
      aggregator: "max",
      registers,
      async collect() {
        this.set(read(await health.read()));
      },
    });
  one("database_up", "Whether the database answered.", ({ up }) => Number(up));
  one("series_overdue", "Series that are due to be extended for an hour.", (found) => found.overdueSeries);
  one("tombstones", "Deletions that are remembered, as PostgreSQL estimates.", (found) => found.tombstones);
  new Gauge({
    name: "tidemark_sync_lag_seconds",
    help: "How long the oldest change that a client has not had yet has been waiting; the most of all that bear the name.",
    labelNames: ["client"],
    aggregator: "max",
    registers,
    async collect() {
      this.reset();
      for (const { client, lagSeconds } of (await health.read()).clients) this.set({ client }, lagSeconds);
    },
  });
  gaugeStates(register, health);
}

function gaugeStates(register: Registry, health: FleetHealth): void {
  const byState = (
    name: string,
    help: string,
    read: (found: Found) => Readonly<Record<string, number>>,
  ): Gauge =>
    new Gauge({
      name: `tidemark_${name}`,
      help,
      labelNames: ["state"],
      aggregator: "max",
      registers: [register],
      async collect() {
        for (const [state, count] of Object.entries(read(await health.read()))) this.set({ state }, count);
      },
    });
  byState(
    "sync_clients",
    "Clients heard within a day, by calendar: in step, behind (a change waits for over five minutes), or silent (for over an hour).",
    ({ states }) => states,
  );
  byState("webhooks", "Webhooks, by how they do: on, failing, or paused.", ({ webhooks }) => webhooks);
}
