import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** The folder of the .sql files: this one, or its source when this file was compiled into dist/. */
const folder = [__dirname, join(__dirname, "..", "..", "migrations")].find((candidate) =>
  existsSync(join(candidate, "0001-initial.up.sql")),
);

/** A migration whose two directions are the files `<name>.up.sql` and `<name>.down.sql`. */
export abstract class SqlMigration implements MigrationInterface {
  protected abstract readonly file: string;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(this.sql("up"));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(this.sql("down"));
  }

  private sql(direction: "up" | "down"): string {
    if (!folder) throw new Error("The migrations' .sql files are missing from this installation.");
    return readFileSync(join(folder, `${this.file}.${direction}.sql`), "utf8");
  }
}
