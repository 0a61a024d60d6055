import { join } from "node:path";

import { startServer } from "../main.ts";
import { readConfig, type Flags } from "../platform/config.ts";
import { createLogger } from "../platform/logger.ts";
import { untilAskedToStop } from "./until-asked-to-stop.ts";

/** `recluster serve`: runs until it is asked to stop. Standard output says where it listens; the log goes to standard error. */
export async function serve(options: Record<string, string>): Promise<void> {
  const flags: Flags = {};
  if (options.port !== undefined) flags.port = options.port;
  if (options.host !== undefined) flags.host = options.host;
  if (options.dataDir !== undefined) flags["data-dir"] = options.dataDir;
  if (options.roles !== undefined) flags.roles = options.roles;
  const config = readConfig(process.env, flags);
  const logger = createLogger(config.logLevel);
  const asked = untilAskedToStop();
  const server = await startServer(config, logger);

  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (server.createdKey !== null) {
    say(`Admin key, shown this once: ${server.createdKey}`);
    say(`It is kept in ${join(config.dataFolder, "admin-key")}.`);
  }
  say(
    `Data is in ${config.dataFolder}${config.databaseUrl ? ", state in PostgreSQL" : " (built-in database: a power loss can take the last writes; set DATABASE_URL for PostgreSQL)"}.`,
  );
  say(`Recluster listens on ${server.url}`);
  await asked;
  await server.stop();
}
