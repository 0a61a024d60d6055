import { join } from "node:path";

import { readConfig } from "../platform/config.ts";

/** Where commands take their key from: the environment, or the file in which a server on this machine keeps its first. */
export function apiKeySource(env: NodeJS.ProcessEnv): { readonly key: string } | { readonly file: string } {
  return env.RECLUSTER_API_KEY === undefined
    ? { file: join(readConfig(env).dataFolder, "admin-key") }
    : { key: env.RECLUSTER_API_KEY };
}
