import { styleText } from "node:util";

/** What has failed is red in a terminal, and plain where colours are not shown. */
export function loud(text: string): string {
  return styleText("red", text, { stream: process.stdout });
}

/** A status as it is shown: `failed` is loud. */
export function showStatus(status: string): string {
  return status === "failed" ? loud(status) : status;
}
