import { readFileSync } from "node:fs";

import { Recluster } from "#client/client.ts";
import { apiKeySource } from "./api-key.ts";
import { CommandError } from "./explain-failure.ts";

/** A client of the server that RECLUSTER_URL, RECLUSTER_API_KEY and RECLUSTER_NAMESPACE name. */
export function connect(env: NodeJS.ProcessEnv = process.env): Recluster {
  return new Recluster({
    url: env.RECLUSTER_URL ?? "http://127.0.0.1:7171",
    apiKey: apiKey(env),
    namespace: env.RECLUSTER_NAMESPACE ?? "default",
  });
}

/** The server keeps its first key in its data folder: on the same machine nothing needs to be set. */
function apiKey(env: NodeJS.ProcessEnv): string {
  const source = apiKeySource(env);
  if ("key" in source) return source.key;
  try {
    return readFileSync(source.file, "utf8").trim();
  } catch {
    throw new CommandError(
      `No API key: set RECLUSTER_API_KEY, or RECLUSTER_DATA_DIR to the folder of a server on this machine (${source.file} cannot be read).`,
    );
  }
}
