import { RequestError } from "#client/request-error.ts";
import { FolderInUse } from "../db/folder-lock.ts";
import { StartRefused } from "../db/open-database.ts";
import { Unreadable } from "../documents/formats/unreadable.ts";
import { ConfigError } from "../platform/config.ts";
import { apiKeySource } from "./api-key.ts";

/** A failure the user can mend; its message is all there is to say. */
export class CommandError extends Error {}

const EXPECTED = [RequestError, FolderInUse, StartRefused, ConfigError, Unreadable, CommandError];

/** What to print for an error that ended a command: the message of an expected one, everything of a fault of ours. */
export function explainFailure(error: unknown, env: NodeJS.ProcessEnv = process.env): string {
  if (error instanceof RequestError && error.status === 401) {
    const source = apiKeySource(env);
    const sent = "key" in source ? "RECLUSTER_API_KEY" : source.file;
    return `recluster: ${error.message} The key sent was that of ${sent}; the first of a server is in the file admin-key of its data folder.`;
  }
  if (EXPECTED.some((type) => error instanceof type)) return `recluster: ${(error as Error).message}`;
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return `recluster: ${error.message}. Another program uses that port; choose one with --port, or 0 for any free one.`;
  }
  return `recluster: this is a fault of ours, please report it.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
