// The settings, read from the environment and checked in one place: every fault is reported at once.
import { join } from "node:path";
import { hostOf, isIssuer, originOf } from "./values/urls";
import { readHosts } from "./values/database-url";

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Processes that serve on this machine. */
  readonly workers: number;
  /** null: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | null;
  /** Past a pooler, for what needs a session of its own; null: DATABASE_URL leads to the server itself. */
  readonly databaseDirectUrl: string | null;
  /** A hot standby of it that answers reads which may be a little old; null: none does. */
  readonly databaseReadUrl: string | null;
  /** In how many partitions a new database keeps its events; null: nobody has said. */
  readonly partitions: number | null;
  readonly databasePool: number;
  /** Whether statements may be prepared by name. */
  readonly databasePrepare: boolean;
  readonly dataDir: string;
  readonly demo: boolean;
  readonly logLevel: LogLevel;
  /** Origins that browsers may call from; "*" is any. */
  readonly corsOrigins: readonly string[];
  /** Origins whose pages may have ours in a frame; none: nobody's. */
  readonly frameAncestors: readonly string[];
  readonly retentionDays: number;
  /** For how many days the occurrences of a series are made ahead. */
  readonly seriesHorizonDays: number;
  readonly rateLimitPerMinute: number;
  /** How many proxies stand in front: so many addresses at the end of X-Forwarded-For are believed. */
  readonly trustProxy: number;
  readonly introspection: boolean;
  readonly oidc: {
    readonly issuer: string;
    readonly audience: string;
    /** The only organisation, by name, whose users the issuer may speak for; null: any of them. */
    readonly organisation: string | null;
    /** As whom the pages sign people in at the issuer; null: they do not. */
    readonly client: { readonly id: string; readonly secret: string | null } | null;
  } | null;
  /** Where OpenTelemetry traces go; null: nowhere. */
  readonly traces: { readonly url: string; readonly serviceName: string; readonly share: number } | null;
  /** Hosts that webhooks may call though they are not public, or not over https: names and addresses as a URL has them. */
  readonly webhookInternalHosts: readonly string[];
  /** For child processes of the embedded PostgreSQL, nothing else. */
  readonly environment: NodeJS.ProcessEnv;
}

/** A setting is at fault: what it says or, as is seen later, what it names. `message` lists every fault, one a line. */
export class ConfigError extends Error {}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Reads and checks all settings. An empty variable counts as absent. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults: string[] = [];
  const text = (name: string): string | null => env[name]?.trim() || null;
  const whole = (name: string, fallback: number, [from, to]: [number, number]): number => {
    const given = text(name);
    if (given === null) return fallback;
    const value = /^\d{1,9}$/.test(given) ? Number(given) : NaN;
    if (value >= from && value <= to) return value;
    faults.push(`${name} must be a whole number from ${from} to ${to}, not "${given}".`);
    return fallback;
  };
  const oneOf = <T extends string>(name: string, fallback: T, allowed: readonly T[]): T => {
    const given = text(name);
    if (given === null) return fallback;
    const found = allowed.find((word) => word === given.toLowerCase());
    if (found !== undefined) return found;
    faults.push(`${name} must be one of ${allowed.join(", ")}, not "${given}".`);
    return fallback;
  };
  const config: Config = {
    port: whole("PORT", 4000, [0, 65_535]),
    host: text("HOST") ?? "127.0.0.1",
    workers: whole("WORKERS", 1, [1, 64]),
    ...readServers(text, faults),
    partitions: text("PARTITIONS") === null ? null : whole("PARTITIONS", 0, [0, 256]),
    databasePool: whole("DATABASE_POOL", 10, [1, 1000]),
    databasePrepare: oneOf("DATABASE_PREPARE", "on", ["on", "off"]) === "on",
    dataDir: text("DATA_DIR") ?? join(process.cwd(), ".tidemark"),
    demo: oneOf("DEMO", "on", ["on", "off"]) === "on",
    logLevel: oneOf("LOG_LEVEL", "info", LOG_LEVELS),
    ...readOtherOrigins(text, faults),
    retentionDays: whole("RETENTION_DAYS", 400, [1, 36_500]),
    seriesHorizonDays: whole("SERIES_HORIZON_DAYS", 366, [31, 1_096]),
    rateLimitPerMinute: whole("RATE_LIMIT_PER_MINUTE", 6000, [0, 1_000_000]),
    trustProxy: whole("TRUST_PROXY", 0, [0, 10]),
    introspection: oneOf("INTROSPECTION", "on", ["on", "off"]) === "on",
    oidc: readOidc(text, faults),
    traces: readTraces(text, faults),
    webhookInternalHosts: readHostNames("WEBHOOK_INTERNAL_HOSTS", text("WEBHOOK_INTERNAL_HOSTS"), faults),
    environment: env,
  };
  requirePair(config, faults);
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return Object.freeze(config);
}

function requirePair({ databaseDirectUrl, databaseReadUrl, databaseUrl }: Config, faults: string[]): void {
  if (databaseReadUrl !== null && databaseUrl === null)
    faults.push("DATABASE_READ_URL goes with DATABASE_URL, whose standby it names: set both, or neither.");
  if (databaseDirectUrl !== null && databaseUrl === null)
    faults.push("DATABASE_DIRECT_URL goes with DATABASE_URL: set both, or neither.");
}

function readDatabaseUrl(name: string, given: string | null, faults: string[]): string | null {
  if (given !== null && !/^postgres(ql)?:\/\//.test(given)) {
    // The value may hold a password, so it is not repeated.
    faults.push(`${name} must look like postgres://user:password@host:5432/database.`);
    return given;
  }
  try {
    if (given !== null) readHosts(given);
  } catch (error) {
    faults.push(`${name} ${(error as Error).message}.`);
  }
  return given;
}

const readServers = (
  text: (name: string) => string | null,
  faults: string[],
): Pick<Config, "databaseUrl" | "databaseDirectUrl" | "databaseReadUrl"> => ({
  databaseUrl: readDatabaseUrl("DATABASE_URL", text("DATABASE_URL"), faults),
  databaseDirectUrl: readDatabaseUrl("DATABASE_DIRECT_URL", text("DATABASE_DIRECT_URL"), faults),
  databaseReadUrl: readOneServer("DATABASE_READ_URL", text("DATABASE_READ_URL"), faults),
});

/** A server that only reads are asked of. */
function readOneServer(name: string, given: string | null, faults: string[]): string | null {
  if (given === null) return null;
  if (!/^postgres(ql)?:\/\//.test(given))
    faults.push(`${name} must look like postgres://user:password@host:5432/database.`);
  else if (/^\w+:\/\/(?:[^/]*@)?[^/?@]*,/.test(given))
    faults.push(`${name} must name one server, a standby.`);
  return given;
}

/** What pages of other origins may do. */
const readOtherOrigins = (
  text: (name: string) => string | null,
  faults: string[],
): Pick<Config, "corsOrigins" | "frameAncestors"> => ({
  corsOrigins: readOrigins(text("CORS_ORIGINS"), faults),
  frameAncestors: readFrameAncestors(text("FRAME_ANCESTORS"), faults),
});

function readOrigins(given: string | null, faults: string[]): string[] {
  const origins = given?.split(",").map((origin) => origin.trim().replace(/\/$/, "")) ?? [];
  for (const origin of origins) {
    if (origin === "*" || /^https?:\/\/[^/\s]+$/.test(origin)) continue;
    faults.push(`CORS_ORIGINS must be "*" or origins such as https://crm.example, not "${origin}".`);
  }
  return origins;
}

/** Origins, each as a browser names it. */
function readFrameAncestors(given: string | null, faults: string[]): string[] {
  const entries = given?.split(",").map((entry) => entry.trim()) ?? [];
  return entries.flatMap((entry) => {
    const origin = originOf(entry);
    if (origin === null)
      faults.push(
        `FRAME_ANCESTORS must be origins such as https://crm.example (http on this machine only), not "${entry}".`,
      );
    return origin ?? [];
  });
}

/** Hosts, each as the parser of URLs writes it. */
function readHostNames(name: string, given: string | null, faults: string[]): string[] {
  const entries = given?.split(",").map((entry) => entry.trim()) ?? [];
  return entries.flatMap((entry) => {
    const host = hostOf(entry);
    if (host === null)
      faults.push(`${name} must be hosts such as hooks.internal, 10.0.0.5 or [::1], not "${entry}".`);
    return host ?? [];
  });
}

/** The settings of OpenTelemetry's own that are kept, by their names. */
function readTraces(text: (name: string) => string | null, faults: string[]): Config["traces"] {
  const endpoint = text("OTEL_EXPORTER_OTLP_ENDPOINT");
  const serviceName = text("OTEL_SERVICE_NAME") ?? "tidemark";
  const given = text("OTEL_TRACES_SAMPLER_ARG");
  const share = given === null ? 1 : Number(given);
  if (!(share >= 0 && share <= 1)) {
    faults.push(`OTEL_TRACES_SAMPLER_ARG must be from 0 (no requests) to 1 (all of them), not "${given}".`);
  }
  if (endpoint === null) return null;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    faults.push("OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) URL, such as http://127.0.0.1:4318.");
  }
  return { url: `${endpoint.replace(/\/$/, "")}/v1/traces`, serviceName, share };
}

function readOidc(text: (name: string) => string | null, faults: string[]): Config["oidc"] {
  const [issuer, audience, organisation] = [
    text("OIDC_ISSUER"),
    text("OIDC_AUDIENCE"),
    text("OIDC_ORGANISATION"),
  ];
  const [clientId, secret] = [text("OIDC_CLIENT_ID"), text("OIDC_CLIENT_SECRET")];
  if (issuer === null && audience === null) {
    const others = { OIDC_ORGANISATION: organisation, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: secret };
    for (const [name, given] of Object.entries(others))
      if (given !== null) faults.push(`${name} goes with OIDC_ISSUER and OIDC_AUDIENCE.`);
    return null;
  }
  if (secret !== null && clientId === null) faults.push("OIDC_CLIENT_SECRET goes with OIDC_CLIENT_ID.");
  if (issuer === null || audience === null) {
    faults.push("OIDC_ISSUER and OIDC_AUDIENCE must be set together.");
    return null;
  }
  if (!isIssuer(issuer)) {
    faults.push(`OIDC_ISSUER must be an https URL (http on this machine only), not "${issuer}".`);
  }
  return { issuer, audience, organisation, client: clientId === null ? null : { id: clientId, secret } };
}
