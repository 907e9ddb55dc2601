// What is told of each request once it is over: a line in the log, a measurement for /metrics, and where a client looked
// at a feed, was refused or passed over, a note for the sync log. Nothing of it waits for anything. Of what a client wrote, only the
// client's name and the request id are told, and these only where they are plain.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../telemetry/log";
import { noticesOf } from "../sync-log/notices";
import type { PollLog } from "../sync-log/poll-log";
import { plainName } from "../telemetry/client-name";
import type { Instruments } from "./instruments";
import { mountedRoute } from "../telemetry/route";
import { whenOver } from "../telemetry/over";
import { tallyOf, type Tally } from "../telemetry/tally";

export type Door = "rest" | "graphql" | "pages" | "upkeep";

/** How a request ended. */
interface Ending {
  door: Door;
  route: string;
  method: string;
  /** 499 where the client hung up before it had the answer. */
  status: number;
  /** What went over the connection; not known of operations that share one. */
  bytes?: number;
  requestId: string;
  /** A stream lasts as long as the client likes, which says nothing of how quick we are. */
  stream?: boolean;
}

const UPKEEP = new Set(["/healthz", "/readyz", "/metrics"]);
const HUNG_UP = 499;

export class Telemetry {
  constructor(
    private readonly log: Log,
    private readonly instruments: Instruments,
    private readonly polls: PollLog,
  ) {}

  /** The request begins: what it comes to is told when its response is over. */
  watch(req: IncomingMessage, res: ServerResponse): void {
    const { socket } = req;
    const before = socket.bytesWritten;
    const tally = tallyOf(res);
    const url = req.url ?? "";
    whenOver(res, () => {
      const stream = String(res.getHeader("Content-Type") ?? "").startsWith("text/event-stream");
      this.tell(tally, {
        door: doorOf(url),
        route: tally.route ?? mountedRoute(req),
        method: req.method ?? "",
        status: res.writableFinished || stream ? res.statusCode : HUNG_UP,
        bytes: socket.bytesWritten - before,
        requestId: String(res.getHeader("X-Request-Id") ?? ""),
        stream,
      });
    });
  }

  /** An operation that shares its connection with others, as on a WebSocket, is over. */
  tellOperation(tally: Tally, requestId: string): void {
    const { route, status } = tally;
    const stream = route?.startsWith("subscription") ?? false;
    this.tell(tally, { door: "graphql", route: route ?? "(none)", method: "WS", status, requestId, stream });
  }

  private tell(tally: Tally, ending: Ending): void {
    tally.isOver = true;
    tally.held?.end();
    const { caller, poll } = tally;
    const { door, status, stream } = ending;
    const ms = performance.now() - tally.startedAt;
    const code = tally.code ?? (status === HUNG_UP ? "hung_up" : null);
    if (!stream) {
      this.instruments.request(ending, ms / 1_000);
      if (poll) this.instruments.poll(poll, status, code);
      if (caller && (poll || code !== null || tally.passedOver.length > 0)) {
        const calendarId = tally.calendarId ?? caller.calendarId;
        const notices = noticesOf(tally, { requestId: ending.requestId, request: requestOf(ending) });
        this.polls.note({ caller, calendarId, poll, code, unchanged: status === 304, notices });
      }
    }
    const line = lineOf(tally, ending, code, Math.round(ms * 10) / 10);
    if (door === "upkeep") this.log.debug(line, "request");
    else this.log.info(line, "request");
  }
}

/** Such as `PATCH /events/:id`, or `mutation updateEvent`. */
const requestOf = ({ door, method, route }: Ending): string =>
  door === "rest" ? `${method} ${route}` : route;

function lineOf({ caller, rows, traceId }: Tally, ending: Ending, code: string | null, ms: number): object {
  const { requestId, door, route, method, status, bytes } = ending;
  const who = caller && {
    organisationId: caller.organisationId,
    userId: caller.userId,
    tokenId: caller.tokenId,
    client: plainName(caller.client) ?? undefined,
  };
  const trace = traceId === null ? undefined : { traceId };
  return {
    requestId,
    ...trace,
    ...who,
    door,
    route,
    method,
    status,
    code: code ?? undefined,
    ms,
    rows,
    bytes,
  };
}

function doorOf(url: string): Door {
  if (url.startsWith("/api/v1") || url.startsWith("/ical/")) return "rest";
  if (url.startsWith("/graphql")) return "graphql";
  return UPKEEP.has(url.split("?", 1)[0] as string) ? "upkeep" : "pages";
}
