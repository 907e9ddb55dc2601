// The words of `npm run prove`.
import { parseArgs } from "node:util";

export interface Options {
  versions: number;
  seed: string;
  writers: number;
  calendars: number;
  minutes: number;
  /** Between two polls of a client. */
  pauseMs: number;
  /** How many of a hundred steps change many events in one call; null: as the plan has it. */
  batches: number | null;
  /** How many events such a call changes at most. */
  batchSize: number;
  json: boolean;
  /** Nothing is killed, and the clock is left alone. */
  harmless: boolean;
  /** A service that runs already, and the token of an admin there; null: start one. */
  elsewhere: { url: string; token: string } | null;
  databaseUrl: string | null;
  /** A standby that replays so many milliseconds late answers some of the polls; null: there is none. */
  standbyLagMs: number | null;
  /** How many partitions the database has; null: none. */
  partitions: number | null;
}

export const USAGE = `npm run prove -- [options]
  --versions N    stop after so many committed versions (20000)
  --minutes N     stop after so many minutes (30)
  --seed S        what is done is drawn from it (a new one each time, told in the report)
  --writers N     clients that write, one after another each (12)
  --calendars M   users whose calendars they share (6)
  --pause MS      between two polls of a client (250)
  --batches N     of a hundred steps, how many change many events in one call (8)
  --batch-size N  how many events such a call changes at most (30)
  --url U --token T   prove a service that runs at U, with an admin's token; it is neither killed nor its clock set
  --calm          kill nothing and leave the clock alone
  --standby MS    on two PostgreSQLs of its own: a standby that is so late answers some of the polls (DATABASE_READ_URL)
  --partitions N  on a database with so many partitions (PARTITIONS)
  --json          the report as one JSON object
Without --url it starts the service itself: two instances on an embedded PostgreSQL in a temporary folder, or with
DATABASE_URL set on a database of its own there, which it drops again.
Exit code 0: every promise was kept. 1: one was not. 2: wrong usage.`;

export class WrongUsage extends Error {}

const GIVEN = {
  versions: { type: "string" },
  minutes: { type: "string" },
  seed: { type: "string" },
  writers: { type: "string" },
  calendars: { type: "string" },
  pause: { type: "string" },
  batches: { type: "string" },
  "batch-size": { type: "string" },
  standby: { type: "string" },
  partitions: { type: "string" },
  url: { type: "string" },
  token: { type: "string" },
  json: { type: "boolean" },
  calm: { type: "boolean" },
} as const;

type Numbered =
  | "versions"
  | "minutes"
  | "writers"
  | "calendars"
  | "pause"
  | "batches"
  | "batch-size"
  | "standby"
  | "partitions";

/** Throws WrongUsage, with a sentence that says why. */
export function readOptions(words: readonly string[], env: NodeJS.ProcessEnv): Options {
  const given = parse(words);
  const whole = (name: Numbered, normal: number): number => {
    const text = given[name] ?? String(normal);
    if (!/^[1-9]\d{0,8}$/.test(text))
      throw new WrongUsage(`--${name} must be a whole number, not "${text}".`);
    return Number(text);
  };
  const { url, token } = given;
  requireOneService(given);
  return {
    versions: whole("versions", 20_000),
    minutes: whole("minutes", 30),
    seed: given.seed ?? Math.random().toString(36).slice(2, 10),
    writers: whole("writers", 12),
    calendars: whole("calendars", 6),
    pauseMs: whole("pause", 250),
    batches: given.batches === undefined ? null : Math.min(whole("batches", 8), 99),
    batchSize: whole("batch-size", 30),
    json: given.json ?? false,
    harmless: given.calm ?? false,
    elsewhere: url !== undefined && token !== undefined ? { url, token } : null,
    standbyLagMs: given.standby === undefined ? null : whole("standby", 1),
    partitions: given.partitions === undefined ? null : whole("partitions", 1),
    databaseUrl: env.DATABASE_URL?.trim() || null,
  };
}

function requireOneService({
  url,
  token,
  standby,
  partitions,
}: Partial<Record<"url" | "token" | "standby" | "partitions", string>>): void {
  if ((url === undefined) !== (token === undefined)) throw new WrongUsage("--url and --token go together.");
  if (url !== undefined && (standby ?? partitions) !== undefined)
    throw new WrongUsage("--standby and --partitions are for a service that is started here.");
  if (url !== undefined && !URL.canParse(url))
    throw new WrongUsage(`--url must be an address, not "${url}".`);
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: GIVEN, strict: true }).values;
  } catch (error) {
    throw new WrongUsage((error as Error).message);
  }
}
