import { ClusterIdParams } from "#contract/clusters.ts";
import {
  ApplyClusterEnrichmentRequest,
  ClusteringEnrichmentResponse,
  type Enrichment,
  ListEnrichmentsResponse,
} from "#contract/enrichment.ts";
import { route, type App } from "../../http/route.ts";
import { clusterNotFound } from "../cluster-not-found.ts";
import { clusterExists } from "../../runs/store.ts";
import type { EnrichmentDeps } from "./carry-out.ts";
import { enrichDocuments } from "./enrich-documents.ts";
import { listEnrichments, type EnrichmentRow } from "./store.ts";

const shared = { namespace: true, tag: "Clusters" } as const;

export function registerEnrichmentRoutes(app: App, deps: EnrichmentDeps): void {
  const stopping = new AbortController();
  app.addHook("preClose", (done) => {
    stopping.abort();
    done();
  });

  route(app, {
    ...shared,
    method: "POST",
    url: "/v1/clusters/enrich",
    permission: "write",
    summary: "Write the clusters of documents into their payloads",
    operationId: "apply_cluster_enrichment_v1_clusters_enrich_post",
    schema: { body: ApplyClusterEnrichmentRequest, response: { 200: ClusteringEnrichmentResponse } },
    idempotent: true,
    handler: ({ namespace, caller, body }) =>
      enrichDocuments(
        deps,
        { namespaceId: namespace.namespaceId, actor: caller.actor },
        body,
        stopping.signal,
      ),
  });

  route(app, {
    ...shared,
    method: "GET",
    url: "/v1/clusters/:cluster_id/enrichments",
    permission: "read",
    summary: "List what was written into documents of a cluster's runs, newest first",
    operationId: "list_cluster_enrichments",
    schema: { params: ClusterIdParams, response: { 200: ListEnrichmentsResponse } },
    handler: async ({ namespace, params }) => {
      const { sql } = deps.documents.db;
      if (!(await clusterExists(sql, namespace.namespaceId, params.cluster_id))) {
        throw clusterNotFound(params.cluster_id);
      }
      return { enrichments: (await listEnrichments(sql, params.cluster_id)).map(toWire) };
    },
  });
}

function toWire({ cluster_id: _cluster, next_row: _row, fields, ...row }: EnrichmentRow): Enrichment {
  return {
    ...row,
    field_mappings: fields.map((mapping) => ({ ...mapping })),
    requested_at: row.requested_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
