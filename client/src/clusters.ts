import type { ClusterLabelsResponse, PatchClusterLabelsRequest } from "#contract/cluster-labels.ts";
import type {
  ClusterMetadata,
  ClusterModel,
  CreateClusterRequest,
  ExecuteClusterRequest,
  ListClustersRequest,
  ListClustersResponse,
  PatchClusterRequest,
} from "#contract/clusters.ts";
import type {
  ApplyClusterEnrichmentRequest,
  ClusteringEnrichmentResponse,
  ListEnrichmentsResponse,
} from "#contract/enrichment.ts";
import type { ListPlacementsQuery, ListPlacementsResponse } from "#contract/placements.ts";
import type { TaskResponse } from "#contract/tasks.ts";
import { listQuery, path, type ListOptions } from "./list-options.ts";
import type { Transport } from "./transport.ts";

export class Clusters {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(body: CreateClusterRequest): Promise<ClusterMetadata> {
    return this.#transport.request("POST", "/v1/clusters", { body });
  }

  get(identifier: string): Promise<ClusterMetadata> {
    return this.#transport.request("GET", path`/v1/clusters/${identifier}`);
  }

  list(body: ListClustersRequest = {}, options: ListOptions = {}): Promise<ListClustersResponse> {
    return this.#transport.request("POST", "/v1/clusters/list", { body, query: listQuery(options) });
  }

  patch(identifier: string, body: PatchClusterRequest): Promise<ClusterModel> {
    return this.#transport.request("PATCH", path`/v1/clusters/${identifier}`, { body });
  }

  /** The labels that people have given to its clusters. */
  labels(id: string): Promise<ClusterLabelsResponse> {
    return this.#transport.request("GET", path`/v1/clusters/${id}/labels`);
  }

  /** Gives labels that no run changes (`{cl_3: "Invoices"}`), or gives them back (`{cl_3: null}`). */
  giveLabels(id: string, labels: PatchClusterLabelsRequest["labels"]): Promise<ClusterLabelsResponse> {
    return this.#transport.request("PATCH", path`/v1/clusters/${id}/labels`, { body: { labels } });
  }

  /** Deletes its triggers, executions and artifacts too. */
  async delete(id: string): Promise<void> {
    await this.#transport.request("DELETE", path`/v1/clusters/${id}`);
  }

  /** Writes documents' clusters into their payloads; resolves when all is written. */
  enrich(body: ApplyClusterEnrichmentRequest): Promise<ClusteringEnrichmentResponse> {
    return this.#transport.request("POST", "/v1/clusters/enrich", { body });
  }

  enrichments(id: string): Promise<ListEnrichmentsResponse> {
    return this.#transport.request("GET", path`/v1/clusters/${id}/enrichments`);
  }

  /** Documents that came after the last run, with the clusters predicted for them. */
  placements(id: string, options: Partial<ListPlacementsQuery> = {}): Promise<ListPlacementsResponse> {
    return this.#transport.request("GET", path`/v1/clusters/${id}/placements`, { query: options });
  }

  /** Computes it now, or as soon as its turn comes; with `same_data_as` on the documents that run has read. */
  execute(id: string, body: ExecuteClusterRequest = {}): Promise<TaskResponse> {
    return this.#transport.request("POST", path`/v1/clusters/${id}/execute`, { body });
  }
}
