import type { DecisionDraft } from "./decide.ts";
import type { WatchedLog } from "./positions.ts";

/** A firing for documents names the first and the last event it consumes. */
export function withEvents(draft: DecisionDraft, logs: readonly WatchedLog[]): DecisionDraft {
  if (draft.reason !== "threshold_reached") return draft;
  const some = logs.filter((log) => log.firstAt !== null && log.lastAt !== null);
  const first = some.toSorted((a, b) => a.firstAt!.getTime() - b.firstAt!.getTime())[0];
  const last = some.toSorted((a, b) => b.lastAt!.getTime() - a.lastAt!.getTime())[0];
  const event = (log: WatchedLog | undefined, seq: number | undefined, at: Date | null | undefined) =>
    log ? { collection_id: log.collectionId, seq, at: at?.toISOString() } : null;
  return {
    ...draft,
    evidence: {
      ...draft.evidence,
      first_event: event(first, first && first.position.seq + 1, first?.firstAt),
      last_event: event(last, last?.head.seq, last?.lastAt),
    },
  };
}
