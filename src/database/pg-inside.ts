// What the service needs of pg beyond what pg promises in public: these two classes, and nothing else, hang on its private
// parts. test/database/pg-inside.test.ts fails when a release of pg changes their shape.
//
// - Time and date as they are spoken from the beginning of a session on: pg has no setting for startup parameters, but for
//   `options`, which poolers refuse.
// - Rows asked for in pieces, and no more than are wanted. (`rows` of pg's Query asks for pieces until there are no more,
//   and pg-cursor keeps no statement prepared.) They are not described either: who reads text by position needs no names,
//   and a description costs more than a row does (test/bench/RESULTS.md).
import type { Readable } from "node:stream";
import pg from "pg";
import { turn } from "../turns/pauses";
import type { TextRow } from "./statement";

interface Startup {
  getStartupConf(): Record<string, string>;
}

/** Speaks UTC, so that instants read as text have one form. Poolers keep these two for every client. */
export class UtcClient extends (pg.Client as unknown as new (
  config: pg.ClientConfig,
) => pg.Client & Startup) {
  override getStartupConf(): Record<string, string> {
    return { ...super.getStartupConf(), TimeZone: "UTC", DateStyle: "ISO, MDY" };
  }
}

/** A row as it arrives, and how many bytes it took. */
export interface DataRow {
  fields: TextRow;
  length: number;
}

/** pg's connection, as its Query uses it. */
interface WireConnection {
  stream: Readable;
  describe(what: object): void;
  execute(portal: object): void;
  flush(): void;
  sync(): void;
}

/** What pg's Query is to its connection, beyond what its types say. */
interface Conversation {
  name?: string | undefined;
  queryMode?: "extended";
  callback?: (error: Error | null, found?: object) => void;
  prepare(connection: WireConnection): void;
  handleError(error: Error, connection: WireConnection): void;
  _getRows(connection: WireConnection): void;
  handlePortalSuspended(connection: WireConnection): void;
  handleCommandComplete(complete: unknown, connection: WireConnection): void;
}

/** Who wants the rows of a query, and how many at a time. */
export interface Taker {
  /** How many rows are asked for at once; null: all there are. */
  piece(): number | null;
  /** False: what follows is not wanted. */
  take(row: DataRow): boolean;
}

/**
 * Node.js reads up to two megabytes from one connection, and from as many as have something, before it looks at anything
 * else; of long rows that is a tenth of a second's work. So whoever has read as much as this waits for their turn.
 */
const PIECE_BYTES = 256 * 1024;

/**
 * A query of pg's whose rows its taker asks for. Nothing else may be sent on its connection before it is over, and while
 * more rows come than others should wait for, it lets them go first.
 */
export class PortalQuery extends (pg.Query as unknown as new (
  text: string,
  values: unknown[],
) => pg.Query & Conversation) {
  override readonly queryMode = "extended";
  private isOver = false;
  private readonly isWhole: boolean;
  private stream: Readable | undefined;
  private bytes = 0;

  constructor(
    { text, values, name }: { text: string; values: unknown[]; name: string | undefined },
    private readonly taker: Taker,
  ) {
    super(text, values);
    this.name = name;
    this.isWhole = taker.piece() === null;
  }

  override prepare(connection: WireConnection): void {
    this.stream = connection.stream;
    super.prepare(undescribed(connection));
  }

  override _getRows(connection: WireConnection): void {
    const rows = this.taker.piece();
    connection.execute(rows === null ? {} : { rows });
    if (this.isWhole) connection.sync();
    else connection.flush();
  }

  handleDataRow(row: DataRow): void {
    this.isOver ||= !this.taker.take(row);
    this.bytes += row.length;
    if (this.bytes > PIECE_BYTES) this.letOthersGo();
  }

  private letOthersGo(): void {
    const { stream } = this;
    this.bytes = 0;
    if (!stream || stream.isPaused()) return;
    stream.pause();
    void turn().then(() => stream.resume());
  }

  override handlePortalSuspended(connection: WireConnection): void {
    if (this.isOver) connection.sync();
    else this._getRows(connection);
  }

  override handleCommandComplete(_complete: unknown, connection: WireConnection): void {
    if (!this.isWhole) connection.sync();
  }

  override handleError(error: Error, connection: WireConnection): void {
    if (!this.isWhole) connection.sync();
    super.handleError(error, connection);
  }

  handleReadyForQuery(): void {
    this.callback?.(null, {});
  }
}

const doubles = new WeakMap<WireConnection, WireConnection>();

/** The same connection, but that it does not ask PostgreSQL to describe the columns. */
function undescribed(connection: WireConnection): WireConnection {
  let double = doubles.get(connection);
  if (!double) {
    double = Object.assign(Object.create(connection) as WireConnection, { describe: () => undefined });
    doubles.set(connection, double);
  }
  return double;
}
