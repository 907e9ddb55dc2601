// One JSON line per thing worth knowing, on standard error: standard output is for the ready line and for commands.
import pino, { type Logger } from "pino";
import type { LogLevel } from "./config";

export type Log = Pick<Logger, "trace" | "debug" | "info" | "warn" | "error" | "fatal">;

export const createLog = (level: LogLevel): Log =>
  pino({ level }, pino.destination({ dest: 2, sync: false }));
