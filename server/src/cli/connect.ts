import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Recluster } from "#client/client.ts";
import { readConfig } from "../platform/config.ts";
import { CommandError } from "./explain-failure.ts";

/** A client of the server that RECLUSTER_URL, RECLUSTER_API_KEY and RECLUSTER_NAMESPACE name. */
export function connect(env: NodeJS.ProcessEnv = process.env): Recluster {
  return new Recluster({
    url: env.RECLUSTER_URL ?? "http://127.0.0.1:7171",
    apiKey: env.RECLUSTER_API_KEY ?? adminKey(env),
    namespace: env.RECLUSTER_NAMESPACE ?? "default",
  });
}

/** The key the server keeps in its data folder: on the same machine nothing needs to be set. */
function adminKey(env: NodeJS.ProcessEnv): string {
  const file = join(readConfig(env).dataFolder, "admin-key");
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new CommandError(
      `No API key: set RECLUSTER_API_KEY, or RECLUSTER_DATA_DIR to the folder of a server on this machine (${file} cannot be read).`,
    );
  }
}
