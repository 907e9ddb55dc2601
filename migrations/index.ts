// The database as SQL. Numbered files are run once, by TypeORM's runner; those of functions/ again whenever their text has
// changed (src/database/migrate.ts). migrations/README.md says how to change them.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * One more with every change of a .sql file here: an instance leaves a database alone that has a later version than it
 * knows. A test fails while SCHEMA_TEXT is not the hash of all these files, and says what belongs here.
 */
export const SCHEMA_VERSION = 50;
export const SCHEMA_TEXT = "cda23614a9d13bf2";

/** Tables, their checks and indexes, are made of these, so that they run before them. */
const BEFORE_TABLES = ["addresses", "values", "words"];

/** In the order in which they run; triggers come last. */
const AFTER_TABLES = [
  "person",
  "erased-history",
  "locks",
  "ticks",
  "barrier",
  "writes",
  "together",
  "organisers",
  "answers",
  "rooms",
  "entries",
  "people",
  "disabling",
  "records",
  "timelines",
  "children",
  "search",
  "history",
  "admin-history",
  "erasing-requests",
  "erasing",
  "exporting",
  "removing",
  "series",
  "retention",
  "limits",
  "issuers",
  "sync-log",
  "webhooks",
  "guards",
  "triggers",
];

export interface SqlFile {
  /** Below migrations/. */
  name: string;
  text: string;
  hash: string;
}

/** This folder, or its source when this file was compiled into dist/. */
const FOLDER = [__dirname, join(__dirname, "..", "..", "migrations")].find((folder) =>
  existsSync(join(folder, "0001-tables.sql")),
);

/** SHA-256, in hexadecimal digits. */
export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

function sqlFile(name: string): SqlFile {
  if (!FOLDER) throw new Error("The migrations' .sql files are missing from this installation.");
  const text = readFileSync(join(FOLDER, name), "utf8");
  return { name, text, hash: hashOf(text) };
}

const inFunctions = (names: readonly string[]): SqlFile[] =>
  names.map((name) => sqlFile(`functions/${name}.sql`));

/** Those that are run again when their text has changed, before the numbered files. */
export const valueFiles = (): SqlFile[] => inFunctions(BEFORE_TABLES);

/** All that are run again when their text has changed. */
export const functionFiles = (): SqlFile[] => inFunctions([...BEFORE_TABLES, ...AFTER_TABLES]);

/** Those that are run once, in the order of their numbers. */
export const numberedFiles = (): SqlFile[] =>
  readdirSync(FOLDER ?? __dirname)
    .filter((name) => /^\d{4}-[a-z-]+\.sql$/.test(name))
    .sort()
    .map(sqlFile);

/** What TypeORM knows a numbered file by, in the form it asks for: Tables0000000000001. */
export function migrationName({ name }: SqlFile): string {
  const words = name.slice("0001-".length, -".sql".length).split("-");
  const title = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return title + name.slice(0, 4).padStart(13, "0");
}

/** The numbered files as TypeORM's runner wants them; `laidOut` says how each text is run. */
export const migrationClasses = (
  laidOut = (text: string): string => text,
): (new () => MigrationInterface)[] =>
  numberedFiles().map(
    (file) =>
      class implements MigrationInterface {
        readonly name = migrationName(file);

        async up(runner: QueryRunner): Promise<void> {
          await runner.query(laidOut(file.text));
        }

        down(): Promise<void> {
          return Promise.reject(new Error("A migration is not taken back: restore a dump from before it."));
        }
      },
  );
