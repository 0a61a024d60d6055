import { connect } from "./connect.ts";
import { printAnswer } from "./output/answer.ts";
import { loud } from "./output/loud.ts";
import { table } from "./output/table.ts";

/** `recluster status` */
export async function showStatus(options: { json?: boolean }): Promise<void> {
  const client = connect();
  const [health, collections, clusters, triggers] = await Promise.all([
    client.health(),
    client.collections.list({}, { limit: 1000, include_total: true }),
    client.clusters.list({}, { limit: 1000, include_total: true }),
    client.clusterTriggers.list({ limit: 1000 }),
  ]);
  const failing = triggers.results.filter((trigger) => trigger.status === "failed");
  const data = {
    health,
    collections: collections.results.map(({ collection_name, document_count }) => ({
      collection_name,
      document_count,
    })),
    clusters: clusters.results.map(({ cluster_name, cluster_id, status, num_clusters }) => ({
      cluster_name,
      cluster_id,
      status,
      num_clusters,
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
      data.collections.length === 0
        ? "no collections yet: `recluster import FILE` makes one"
        : table(
            ["collection", "documents"],
            data.collections.map((row) => [row.collection_name, row.document_count]),
          ),
      data.clusters.length === 0
        ? "no clusters yet: POST /v1/clusters makes one; /docs shows how"
        : table(
            ["cluster", "id", "status", "groups"],
            data.clusters.map((row) => [row.cluster_name, row.cluster_id, row.status, row.num_clusters]),
          ),
      [
        `${triggers.total} trigger(s), ${failing.length} failed`,
        ...failing.map((trigger) =>
          loud(`${trigger.trigger_id} failed: ${trigger.status_reason ?? "no reason recorded"}`),
        ),
      ].join("\n"),
    ];
    return parts.join("\n\n");
  });
}
