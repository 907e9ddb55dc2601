// The WebSocket at /graphql: graphql-ws' protocol, for subscriptions and everything else.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import {
  GraphQLError,
  parse,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
} from "graphql";
import {
  handleProtocols,
  makeServer,
  type Context,
  type OperationResult,
  type SubscribePayload,
} from "graphql-ws";
import { WebSocketServer } from "ws";
import { isForeign, isOwnOrigin } from "../access/origin";
import type { Connections } from "../http/connections";
import type { Caller } from "../entities/caller";
import { badSyntax, unavailable } from "../errors";
import { toProblem } from "../failures";
import { MAX_BODY_BYTES } from "../http/body";
import { Tally } from "../telemetry/tally";
import { refuseOnSocket } from "../http/unreadable";
import { formatError } from "./errors";
import { Refused, resultsOf, type GraphQLEngine } from "./operation";
import { Close, Socket } from "./socket";
import { InMessage } from "./printed";
import { PING_MS } from "./sse";
import { told, type Results } from "./told";

const MAX_OPERATIONS = 100;

type SocketContext = Context<Record<string, unknown>, Socket>;

interface Asked {
  socket: Socket;
  payload: SubscribePayload;
}

// graphql-ws wants a document to look into; ours is parsed, checked and run behind `execute`, whatever it is.
const ANY_DOCUMENT = parse("{ __typename }");

export class WebSockets {
  private readonly open = new Set<Socket>();
  private readonly doorway = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  private readonly pings: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly engine: GraphQLEngine,
    private readonly connections: Connections,
    private readonly corsOrigins: readonly string[],
    private readonly slowMs?: number,
  ) {
    this.doorway.on("wsClientError", (error, socket) =>
      refuseOnSocket(socket as NetSocket, badSyntax(`This is no WebSocket handshake: ${error.message}.`)),
    );
    this.pings = setInterval(() => this.open.forEach((socket) => socket.keepAlive()), PING_MS).unref();
  }

  /** No new sockets from here on. */
  drain(): void {
    this.closing = true;
  }

  /** Closes every socket, told to come back. */
  async close(): Promise<void> {
    clearInterval(this.pings);
    const closed = [...this.open].map((socket) => {
      socket.close(Close.goingAway, "going away: connect again");
      return socket.closed;
    });
    await Promise.all(closed);
  }

  /** A WebSocket begins with a GET of HTTP/1.1 (RFC 6455); anything else that names it is a request like any other. */
  readonly speaks = ({ method, url, httpVersion, headers }: IncomingMessage): boolean =>
    method === "GET" &&
    httpVersion === "1.1" &&
    url?.split("?")[0] === "/graphql" &&
    headers.upgrade?.toLowerCase() === "websocket";

  /** Opens a socket on the connection of such a request. */
  readonly take = (request: IncomingMessage, stream: NetSocket, head: Buffer): void => {
    if (this.closing) {
      refuseOnSocket(stream, unavailable("The service stops: connect again."));
      return;
    }
    stream.on("error", () => stream.destroy());
    this.doorway.handleUpgrade(request, stream, head, (webSocket) => {
      this.connections.upgraded(stream);
      const socket = new Socket(webSocket, request, this.slowMs);
      this.open.add(socket);
      const closed = this.protocol.opened(socket.asGraphQL(this.engine.log), socket);
      void socket.closed.then(([code, reason]) => {
        this.open.delete(socket);
        return closed(code, reason);
      });
    });
  };

  private readonly protocol = makeServer<Record<string, unknown>, Socket>({
    onConnect: (connection) => this.authenticate(connection),
    onSubscribe: ({ subscriptions, extra: socket }, _id, payload) =>
      Object.keys(subscriptions).length > MAX_OPERATIONS
        ? [new GraphQLError(`A connection has ${MAX_OPERATIONS} operations at a time at most.`)]
        : ({ document: ANY_DOCUMENT, contextValue: { socket, payload } } as unknown as ExecutionArgs),
    execute: ({ contextValue }) => this.execute(contextValue as Asked) as unknown as OperationResult,
    onNext: (_connection, _id, _payload, _args, result) => new InMessage(result) as ExecutionResult,
    onError: ({ extra: socket }, _id, _payload, errors) => this.refusal(socket, errors),
  });

  /** The header of the connection's first message, or of its request. */
  private async authenticate({ extra: socket, connectionParams = {} }: SocketContext): Promise<boolean> {
    const given = Object.entries(connectionParams).find(
      ([name]) => name.toLowerCase() === "authorization",
    )?.[1];
    const header = given ?? headerOf(socket.request);
    try {
      await this.engine.gate.authenticate(socket.request, typeof header === "string" ? header : "");
      socket.authorization = header as string;
      return true;
    } catch (error) {
      const { code, status, message } = toProblem(error);
      if (status >= 500 || status === 429) socket.close(Close.tryAgainLater, code);
      else if (code === "token.dead") socket.close(Close.deadToken, code);
      else socket.close(Close.unauthorized, `${code}: ${message}`.slice(0, 120));
      return false;
    }
  }

  private execute({ socket, payload }: Asked): Results {
    // Each operation asks anew who calls: a socket may outlive its token.
    const { gate, telemetry } = this.engine;
    const [tally, requestId] = [new Tally(), randomUUID()];
    const caller = async (): Promise<Caller> => {
      const found = await gate.authenticate(socket.request, socket.authorization ?? "");
      gate.count(found, tally);
      return found;
    };
    return told(
      resultsOf(this.engine, {
        ...payload,
        caller,
        requestId,
        tally,
        foreign: isForeign(socket.request, this.corsOrigins),
      }),
      telemetry,
      tally,
      requestId,
    );
  }

  private refusal(socket: Socket, errors: readonly GraphQLError[]): readonly GraphQLFormattedError[] {
    const [first] = errors;
    const refused = first?.originalError;
    if (!(refused instanceof Refused)) {
      const problem = first?.originalError ? first : badSyntax(first?.message ?? "");
      return errors.map((error) => formatError(error.toJSON(), problem, randomUUID(), this.engine));
    }
    // The message with the reason leaves first.
    if (refused.code === "token.dead") setImmediate(() => socket.close(Close.deadToken, "token.dead"));
    return refused.errors;
  }
}

/**
 * The header of the request itself, but from another site's page: no script can set it, and the browser may have added
 * what its user once typed.
 */
function headerOf({ headers }: IncomingMessage): string | undefined {
  return isOwnOrigin(headers) ? headers.authorization : undefined;
}
