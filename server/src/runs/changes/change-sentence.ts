import type { ChangeCounts, ClusterChange, ExecutionChanges } from "#contract/changes.ts";
import { counted } from "../../platform/counted.ts";

/** So many clusters of a kind are named. */
const NAMED = 3;

/** What changed, for people: kinds of events with the largest clusters of each, then documents, then agreement. */
export function changeSentence(
  changes: Pick<ExecutionChanges, "counts" | "documents" | "events" | "adjusted_rand_index">,
): string {
  const { counts, documents, events, adjusted_rand_index: rand } = changes;
  const of = (type: ClusterChange["type"]) => events.filter((event) => event.type === type);
  const parts = [
    told(of("born"), counts.born, "was born", "were born", (event) => size(event.size_after)),
    told(of("returned"), counts.returned, "came back", "came back", (event) => size(event.size_after)),
    told(of("split"), counts.split, "was split", "were split", (event) => `into ${list(event.children)}`),
    told(of("merged"), counts.merged, "was merged", "were merged", (event) => `from ${list(event.parents)}`),
    told(of("died"), counts.died, "died", "died", (event) => size(event.size_before)),
    told(of("grown"), counts.grown, "grew", "grew", sizes),
    told(of("shrunk"), counts.shrunk, "shrank", "shrank", sizes),
    told(
      of("moved"),
      counts.moved,
      "moved",
      "moved",
      (event) => `by ${(event.shift ?? 0).toFixed(2)} of its spread`,
    ),
    `${counts.kept} kept`,
  ].filter((part) => part !== "");
  const agreement = rand === null ? "" : `, adjusted Rand index ${rand.toFixed(2)}`;
  return `${clusters(counts, parts)}; ${documentsPart(documents)}${agreement}.`;
}

function clusters({ kept }: ChangeCounts, parts: readonly string[]): string {
  if (parts.length > 1) return parts.join(", ");
  return kept === 0 ? "No clusters before or after" : `All ${kept} clusters kept`;
}

function documentsPart({
  shared,
  moved,
  moved_share,
  added,
  removed,
}: ExecutionChanges["documents"]): string {
  const came = `${count(added)} documents added, ${count(removed)} removed`;
  if (shared === 0 || moved_share === null) return `the runs share no document (${came})`;
  const share = moved === 0 ? "none" : percent(moved_share);
  return `${share} of the ${count(shared)} shared documents changed cluster, ${came}`;
}

function told(
  events: readonly ClusterChange[],
  total: number,
  one: string,
  many: string,
  figures: (event: ClusterChange) => string,
): string {
  if (total === 0) return "";
  const largest = [...events].sort((a, b) => weight(b) - weight(a));
  const named = largest.slice(0, NAMED).map((event) => `${name(event)}, ${figures(event)}`);
  const more = total > NAMED ? [`${total - NAMED} more`] : [];
  return `${counted(total, `cluster ${one}`, `clusters ${many}`)} (${[...named, ...more].join("; ")})`;
}

const weight = ({ size_before, size_after }: ClusterChange): number => Math.max(size_before, size_after);
const name = ({ cluster_id, label }: ClusterChange): string =>
  label === null ? cluster_id : `${cluster_id} '${label}'`;
const size = (documents: number): string => counted(documents, "document");
const sizes = ({ size_before, size_after }: ClusterChange): string =>
  `${count(size_before)} → ${size(size_after)}`;
const list = (related: readonly { readonly cluster_id: string }[]): string =>
  related.map(({ cluster_id }) => cluster_id).join(", ");
const count = (n: number): string => n.toLocaleString("en-US");

function percent(share: number): string {
  const value = share * 100;
  return value < 0.1 ? "under 0.1 %" : `${value.toFixed(1)} %`;
}
