// What /metrics tells: of this process, or of all workers together, whichever of them was asked.
import type { RequestHandler } from "express";
import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry, type Registry } from "prom-client";
import { unavailable } from "../errors";
import type { Log } from "../telemetry/log";

const PATIENCE_MS = 8_000;

/** Between a worker and the primary: a wish for the numbers of all, and its answer. */
interface Wish {
  metricsWanted: number;
}
interface Answer {
  metricsFor: number;
  text: string | null;
}

export function metrics(register: Registry): RequestHandler {
  const read = cluster.isWorker ? ofAllWorkers(register) : (): Promise<string> => register.metrics();
  return async (_req, res) => {
    res.set("Content-Type", register.contentType).end(await read());
  };
}

/** In a worker: has the primary ask every worker, this one included. */
function ofAllWorkers(register: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries([register]);
  // Its making is what has this worker answer the primary.
  new AggregatorRegistry();
  let wishes = 0;
  return () =>
    new Promise((resolve, reject) => {
      const metricsWanted = ++wishes;
      const over = (): void => {
        clearTimeout(timer);
        process.off("message", hear);
      };
      const fail = (): void => {
        over();
        reject(unavailable("A worker does not answer: try again."));
      };
      const hear = (message: Partial<Answer>): void => {
        if (message.metricsFor !== metricsWanted) return;
        if (message.text == null) return fail();
        over();
        resolve(message.text);
      };
      const timer = setTimeout(fail, PATIENCE_MS).unref();
      process.on("message", hear);
      process.send?.({ metricsWanted } satisfies Wish);
    });
}

/** In the primary: answers such wishes from now on. */
export function gatherMetrics(log: Log): void {
  const all = new AggregatorRegistry();
  cluster.on("message", (worker: Worker, { metricsWanted }: Partial<Wish>) => {
    if (metricsWanted === undefined) return;
    const answer = (text: string | null): void => {
      if (worker.isConnected()) worker.send({ metricsFor: metricsWanted, text } satisfies Answer);
    };
    // What fails is that a worker did not answer, and whoever asked is told so.
    all.clusterMetrics().then(answer, (error: unknown) => {
      log.warn({ err: error }, "metrics: not all workers answered");
      answer(null);
    });
  });
}
