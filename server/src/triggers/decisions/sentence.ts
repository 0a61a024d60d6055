import type { StoredDecision } from "./list-decisions.ts";

export function iso(instant: Date): string {
  return instant.toISOString();
}

/** Evidence is JSON whose shape belongs to the reason. */
export function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "somebody";
}

export function span({ first_due, last_due, count }: StoredDecision): string {
  return count > 1 ? `from ${iso(first_due)} to ${iso(last_due)}` : `at ${iso(last_due)}`;
}

export function times(row: StoredDecision): string {
  return row.count > 1 ? `${row.count} times ${span(row)}` : span(row);
}

export function countedThing(eventType: unknown): string {
  if (eventType === "batch_completed") return "finished ingest requests";
  return eventType === "documents_updated" ? "updated documents" : "added documents";
}

/** Seconds as people say them. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10_000) return `${milliseconds} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 600) return `${seconds} seconds`;
  if (seconds < 36_000) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3600)} hours`;
}
