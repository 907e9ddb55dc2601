// What TypeORM's own command line reads: the service's DataSource, on DATABASE_URL.
import { readConfig } from "./src/config";
import { createDataSource } from "./src/database/data-source";

const config = readConfig();

export default createDataSource(
  { url: config.databaseUrl ?? "postgres://127.0.0.1:5432/tidemark" },
  config.databasePool,
);
