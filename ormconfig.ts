// What TypeORM's own command line reads: the service's database, by the settings of the service.
import { readConfig } from "./src/config";
import { dataSourceForTools } from "./src/database/open";

export default dataSourceForTools(readConfig(), (message) => void process.stderr.write(`${message}\n`));
