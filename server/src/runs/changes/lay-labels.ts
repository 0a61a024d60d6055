import type { ExecutionChanges } from "#contract/changes.ts";
import { changeSentence } from "./change-sentence.ts";

/** The labels that people have given stand in for the runs' own, whenever they were given; in the sentence, too. */
export function layLabels(
  changes: ExecutionChanges,
  given: readonly { readonly number: number; readonly label: string }[],
): ExecutionChanges {
  if (given.length === 0) return changes;
  const byId = new Map(given.map(({ number, label }) => [`cl_${number}`, label]));
  const laid = <T extends { readonly cluster_id: string; readonly label: string | null }>(one: T): T => {
    const label = byId.get(one.cluster_id);
    return label === undefined ? one : { ...one, label };
  };
  const events = changes.events.map(laid);
  return {
    ...changes,
    events,
    clusters: changes.clusters.map(laid),
    sentence: changeSentence({ ...changes, events }),
  };
}
