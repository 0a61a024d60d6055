import { createHash } from "node:crypto";

/**
 * The id of a document that has none: the same whenever the same source is imported, so that a second import changes
 * nothing. `row` counts from 1.
 */
export function derivedId(identity: string, row: number): string {
  return `doc_${createHash("sha256").update(`${identity}\n${row}`).digest("hex").slice(0, 24)}`;
}
