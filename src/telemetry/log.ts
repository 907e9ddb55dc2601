// One JSON line per thing worth knowing, on standard error: standard output is for the ready line and for commands. No
// line holds a token, an e-mail address or any text of a user's, so errors are told by what they are and where, and
// without the rows and parameters that drivers attach to them.
import pino, { type Logger } from "pino";
import type { LogLevel } from "../config";
import type { Problem } from "../errors";
import { sqlState } from "../failures";

export type Log = Pick<Logger, "trace" | "debug" | "info" | "warn" | "error" | "fatal">;

/** Lines are handed to the system together, but for bad news: a process that is killed loses what was logged since. */
const TOGETHER_BYTES = 4_096;
const TOGETHER_MS = 100;

export function createLog(level: LogLevel): Log {
  const destination = pino.destination({ dest: 2, sync: false, minLength: TOGETHER_BYTES });
  flushInTime(destination);
  const log = pino({ level, serializers: { err: describeError } }, destination);
  for (const name of ["warn", "error", "fatal"] as const) {
    const write: (...given: [object, string?]) => void = log[name].bind(log);
    log[name] = (...given: [object, string?]) => {
      write(...given);
      destination.flush();
    };
  }
  return log;
}

/** Hands on what was logged, a while after its first line. (The destination's own timer would go on where nothing is.) */
function flushInTime(destination: ReturnType<typeof pino.destination>): void {
  const write = destination.write.bind(destination);
  let due: NodeJS.Timeout | undefined;
  const flush = (): void => {
    due = undefined;
    destination.flush();
  };
  const flushSoon = (): void => void (due ??= setTimeout(flush, TOGETHER_MS).unref());
  destination.write = (line) => {
    flushSoon();
    return write(line);
  };
  // A flush while the system takes its time over the one before is passed over.
  destination.on("write", (bytes: number) => bytes > 0 && flushSoon());
}

/**
 * Logs a refusal that is our own fault, with its stack. Where the database failed us it is a warning, and without a stack
 * where we were only busy.
 */
export function logRefusal(log: Log, problem: Problem, requestId: string, error: unknown = problem): void {
  if (problem.status < 500) return;
  if (problem.isBusy) log.warn({ requestId, code: sqlState(problem.cause) ?? problem.code }, problem.message);
  else
    log[problem.status === 503 ? "warn" : "error"](
      { requestId, err: problem.cause ?? error },
      problem.message,
    );
}

interface Described {
  type: string;
  message: string;
  stack?: string;
  [known: string]: unknown;
}

/** Of PostgreSQL's errors and those of the system: names of things in the schema, no values. */
const KEPT = ["code", "severity", "schema", "table", "column", "constraint", "routine", "syscall", "errno"];
/** The classes of errors about values, whose messages quote them. */
const QUOTES_VALUES = /^(22|23)/;

export function describeError(error: unknown): Described {
  if (typeof error !== "object" || error === null) return { type: typeof error, message: "(not an Error)" };
  const { name, driverError, cause, ...given } = error as Record<string, unknown>;
  const { message, stack } = error as { message?: unknown; stack?: unknown };
  const [text, trace] = [textOf(message), textOf(stack)];
  const state = sqlState(error);
  const told = state !== null && QUOTES_VALUES.test(state) ? unquoted(text) : text;
  const source: Record<string, unknown> = { ...given, ...(driverError as object | undefined) };
  const known = KEPT.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]);
  return {
    type: textOf(name) || "Error",
    message: told,
    stack: trace.replace(text, () => told),
    ...(Object.fromEntries(known) as object),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** PostgreSQL quotes values as it quotes names: neither is told, the constraint and the code say enough. */
const unquoted = (message: string): string => message.replace(/"[^]*"/g, '"…"');
