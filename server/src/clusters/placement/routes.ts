import { ClusterIdParams } from "#contract/clusters.ts";
import { ListPlacementsQuery, ListPlacementsResponse } from "#contract/placements.ts";
import { decodeCursor, encodeCursor } from "../../http/list-page.ts";
import { route, type App } from "../../http/route.ts";
import { AppError } from "../../platform/app-error.ts";
import { clusterNotFound } from "../cluster-not-found.ts";
import type { RunsDeps } from "../../runs/runs-deps.ts";
import { readCluster } from "../store.ts";
import { listPlacements, type PlacementListing, type PlacementPosition } from "./list-placements.ts";
import { placementOf } from "./placement-of.ts";

export function registerPlacementRoutes(app: App, { db, clock }: Pick<RunsDeps, "db" | "clock">): void {
  route(app, {
    namespace: true,
    tag: "Clusters",
    method: "GET",
    url: "/v1/clusters/:cluster_id/placements",
    permission: "read",
    summary: "List the predicted clusters of documents that came after the last run",
    operationId: "list_cluster_placements",
    schema: {
      params: ClusterIdParams,
      querystring: ListPlacementsQuery,
      response: { 200: ListPlacementsResponse },
    },
    handler: async ({ namespace, params, query }) => {
      const row = await readCluster(db.sql, clock, namespace.namespaceId, params.cluster_id);
      if (row?.cluster_id !== params.cluster_id) throw clusterNotFound(params.cluster_id);
      const placement = placementOf(row);
      if (placement === null) throw notPlacing(row.name);
      const { limit = 100, cursor, document_id: documentId = null, unplaced = false } = query;
      const { run_id: runId } = placement;
      const answer = { cluster_id: row.cluster_id, placement };
      if (runId === null) return { ...answer, placements: [], next_cursor: null };
      const listing: PlacementListing = {
        clusterId: row.cluster_id,
        runId,
        documentId,
        onlyUnplaced: unplaced,
      };
      const binding = ["placements", listing];
      const after = cursor === undefined ? null : readPosition(decodeCursor(binding, cursor));
      const found = await listPlacements(db.sql, listing, { after, limit: limit + 1 });
      const page = found.slice(0, limit);
      return {
        ...answer,
        placements: page.map((one) => one.placement),
        next_cursor: found.length > limit ? encodeCursor(binding, page.at(-1)!.position) : null,
      };
    },
  });
}

/** Anybody can make a cursor; throws `foreign_cursor` for one that is none of ours. */
function readPosition(position: readonly (string | number)[]): PlacementPosition {
  const [collectionId, ordinal, part, ...more] = position;
  if (
    typeof collectionId === "string" &&
    Number.isSafeInteger(ordinal) &&
    Number.isInteger(part) &&
    Math.abs(part as number) < 2 ** 15 &&
    more.length === 0
  ) {
    return [collectionId, ordinal as number, part as number];
  }
  throw new AppError("foreign_cursor", "This cursor does not belong to this list. Begin without a cursor.");
}

function notPlacing(name: string): AppError {
  return new AppError(
    "illegal_state_change",
    `The cluster '${name}' does not place new documents. Turn it on: PATCH it with {"place_new_documents": true}.`,
  );
}
