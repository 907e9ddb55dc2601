/**
 * OpenTelemetry traces, where there is somebody to send them to: a span for each HTTP request, continuing the trace that
 * its `traceparent` names, and one for each SQL statement sent for it. A statement is told as it is written, with $1 for
 * every value. The packages are loaded by `startTracing` alone, so that without it they cost nothing.
 */
import type { Context, Span } from "@opentelemetry/api";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../config";
import { sqlState } from "../failures";
import { whenOver } from "./over";
import { mountedRoute } from "./route";
import { tallyOf } from "./tally";

const SEND_EVERY_MS = 1_000;
const GIVE_UP_MS = 5_000;
const MAX_STATEMENT = 4_000;

type Api = typeof import("@opentelemetry/api");
/** Ends a span, once; of an error its code is told, not its words. */
type End = (error?: unknown) => void;

export interface Tracing {
  /** Runs the work of a request within its span, which ends with the response. */
  request(req: IncomingMessage, res: ServerResponse, work: () => void): void;
  /** Remembers for which request a statement waits, until it begins. */
  asked(statement: object): void;
  /** The span of a statement that is about to be sent, if it is sent for a request; whoever sends it ends the span. */
  begin(statement: unknown): End | undefined;
  /** Sends what there is. */
  close(): Promise<void>;
}

/** Null where nobody takes traces. */
export async function startTracing({ traces }: Pick<Config, "traces">): Promise<Tracing | null> {
  if (traces === null) return null;
  const [api, sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, core, resources] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/context-async-hooks"),
      import("@opentelemetry/core"),
      import("@opentelemetry/resources"),
    ]);
  const exporter = new OTLPTraceExporter({ url: traces.url, timeoutMillis: GIVE_UP_MS });
  const provider = new sdk.TracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ "service.name": traces.serviceName })),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(traces.share) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: GIVE_UP_MS,
      }),
    ],
  });
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  return new OpenTelemetry(api, provider);
}

interface Provider {
  getTracer: InstanceType<Api["ProxyTracerProvider"]>["getTracer"];
  shutdown(): Promise<void>;
}

class OpenTelemetry implements Tracing {
  /** For which request a query was asked, while it waits for a connection. */
  private readonly askedFor = new WeakMap<object, Context>();
  private readonly tracer;

  constructor(
    private readonly api: Api,
    private readonly provider: Provider,
  ) {
    this.tracer = provider.getTracer("tidemark");
  }

  request(req: IncomingMessage, res: ServerResponse, work: () => void): void {
    const { context, propagation, SpanKind, SpanStatusCode, trace } = this.api;
    const caller = propagation.extract(context.active(), req.headers);
    const method = req.method ?? "";
    const span = this.tracer.startSpan(method, { kind: SpanKind.SERVER }, caller);
    const tally = tallyOf(res);
    tally.traceId = span.spanContext().traceId;
    whenOver(res, () => {
      const route = tally.route ?? mountedRoute(req);
      span.updateName(`${method} ${route}`);
      span.setAttributes({
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": res.statusCode,
        "tidemark.request_id": String(res.getHeader("X-Request-Id") ?? ""),
        "tidemark.rows": tally.rows,
        ...(tally.caller && { "tidemark.organisation_id": tally.caller.organisationId }),
        ...(tally.code !== null && { "error.type": tally.code }),
      });
      if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(caller, span), work);
  }

  asked(statement: object): void {
    this.askedFor.set(statement, this.api.context.active());
  }

  begin(statement: unknown): End | undefined {
    const asked = statement as string | { text?: string } | undefined;
    const text = typeof asked === "string" ? asked : asked?.text;
    const parent = (typeof asked === "object" && this.askedFor.get(asked)) || this.api.context.active();
    if (text === undefined || !this.api.trace.getSpan(parent)) return undefined;
    const words = text.replace(/\s+/g, " ").trim();
    const attributes = { "db.system.name": "postgresql", "db.query.text": words.slice(0, MAX_STATEMENT) };
    const name = /^\w+/.exec(words)?.[0].toUpperCase() ?? "SQL";
    const kind = this.api.SpanKind.CLIENT;
    return this.end(this.tracer.startSpan(name, { kind, attributes }, parent));
  }

  async close(): Promise<void> {
    // Traces that nobody takes any more are no reason to fail.
    await this.provider.shutdown().catch(() => undefined);
  }

  private end(span: Span): End {
    let over = false;
    return (error) => {
      if (over) return;
      over = true;
      if (error != null) {
        span.setStatus({ code: this.api.SpanStatusCode.ERROR });
        span.setAttribute("db.response.status_code", sqlState(error) ?? "connection");
      }
      span.end();
    };
  }
}
