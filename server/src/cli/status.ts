import type { StorageResponse } from "#contract/storage.ts";
import { counted } from "../platform/counted.ts";
import { connect } from "./connect.ts";
import { printAnswer, showInstant } from "./output/answer.ts";
import { loud } from "./output/loud.ts";
import { table } from "./output/table.ts";

/** `recluster status` */
export async function showStatus(options: { json?: boolean }): Promise<void> {
  const client = connect();
  const [health, storage, clusters, triggers] = await Promise.all([
    client.health(),
    client.storage({ limit: 1000 }),
    client.clusters.list({}, { limit: 1000, include_total: true }),
    client.clusterTriggers.list({ limit: 1000 }),
  ]);
  const failing = triggers.results.filter((trigger) => trigger.status === "failed");
  const data = {
    health,
    storage,
    clusters: clusters.results.map(({ cluster_name, cluster_id, status, num_clusters, freshness }) => ({
      cluster_name,
      cluster_id,
      status,
      num_clusters,
      freshness,
    })),
    triggers: {
      total: triggers.total,
      failed: failing.map(({ trigger_id, status_reason }) => ({ trigger_id, status_reason })),
    },
  };
  printAnswer(options, data, () => {
    const faults = Object.entries(health.errors ?? {}).filter(([, text]) => text != null);
    const parts = [
      `server: ${health.status}${faults.map(([part, text]) => `\n  ${part}: ${String(text)}`).join("")}`,
      storageTable(storage),
      data.clusters.length === 0
        ? "no clusters yet: POST /v1/clusters makes one; /docs shows how"
        : table(
            ["cluster", "id", "status", "groups", "verdict", "computed", "documents since", "next due"],
            data.clusters.map(({ freshness, ...row }) => [
              row.cluster_name,
              row.cluster_id,
              row.status,
              row.num_clusters,
              freshness.verdict,
              showInstant(freshness.last_success_at),
              freshness.documents_since,
              showInstant(freshness.next_due_at),
            ]),
          ),
      [
        `triggers: ${triggers.total}, ${failing.length} failed`,
        ...failing.map((trigger) =>
          loud(`${trigger.trigger_id} failed: ${trigger.status_reason ?? "no reason recorded"}`),
        ),
      ].join("\n"),
    ];
    return parts.join("\n\n");
  });
}

function storageTable({ collections, pending, total_collections }: StorageResponse): string {
  if (collections.length === 0) return "no collections yet: `recluster import FILE` makes one";
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const rows = collections.map(({ collection_name, documents, data_bytes, features }) => [
    collection_name,
    documents.toLocaleString("en-US"),
    showBytes(data_bytes),
    showBytes(sum(features.map((feature) => feature.bytes_on_disk))),
    sum(features.map((feature) => feature.fragments)),
    sum(features.map((feature) => feature.staged_vectors)),
    sum(features.map((feature) => feature.garbage_vectors)),
  ]);
  const work = [
    `${counted(pending.staged_vectors, "vector")} to be flushed`,
    ...(pending.oldest_staged_at === null
      ? []
      : [`the oldest since ${showInstant(pending.oldest_staged_at)}`]),
    `${counted(pending.open_writes, "large write")} under way`,
    `${counted(pending.garbage_vectors, "vector")} to be removed`,
  ];
  const more = total_collections - collections.length;
  return [
    table(["collection", "documents", "data", "vector files", "fragments", "staged", "garbage"], rows),
    ...(more > 0 ? [`… and ${counted(more, "smaller collection")}`] : []),
    ...(Object.values(pending).some((count) => count !== null && count !== 0)
      ? [`in the background: ${work.join(", ")} (upkeep that nothing waits for: docs/storage.md)`]
      : []),
  ].join("\n");
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

function showBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}
