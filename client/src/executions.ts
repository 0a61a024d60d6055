import type { Static } from "typebox";

import type { ExecutionChanges } from "#contract/changes.ts";
import type {
  ClusterExecutionResult,
  ExecutionData,
  ExecutionDataRequest,
  ListClusterExecutionsRequest,
  ListClusterExecutionsResponse,
} from "#contract/executions.ts";
import { listQuery, path, type ListOptions } from "./list-options.ts";
import type { Transport } from "./transport.ts";

export class Executions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  latest(cluster: string): Promise<ClusterExecutionResult> {
    return this.#transport.request("GET", path`/v1/clusters/${cluster}/executions`);
  }

  get(cluster: string, run: string): Promise<ClusterExecutionResult> {
    return this.#transport.request("GET", path`/v1/clusters/${cluster}/executions/${run}`);
  }

  list(
    cluster: string,
    body: Static<typeof ListClusterExecutionsRequest> = {},
    options: ListOptions = {},
  ): Promise<Static<typeof ListClusterExecutionsResponse>> {
    return this.#transport.request("POST", path`/v1/clusters/${cluster}/executions/list`, {
      body,
      query: listQuery(options),
    });
  }

  async cancel(cluster: string, run: string): Promise<void> {
    await this.#transport.request("POST", path`/v1/clusters/${cluster}/executions/${run}/cancel`);
  }

  /** What changed since another completed run of the cluster; without `since` since the one before. */
  changes(cluster: string, run: string, since?: string): Promise<ExecutionChanges> {
    return this.#transport.request("GET", path`/v1/clusters/${cluster}/executions/${run}/changes`, {
      query: { since },
    });
  }

  /** Centroids and members of a completed run, members a page at a time. */
  data(
    cluster: string,
    run: string,
    body: Partial<Static<typeof ExecutionDataRequest>> = {},
  ): Promise<ExecutionData> {
    return this.#transport.request("POST", path`/v1/clusters/${cluster}/executions/${run}/data`, { body });
  }
}
