import type { HealthCheckResponse } from "#contract/health.ts";
import type { StorageResponse } from "#contract/storage.ts";
import { Clusters } from "./clusters.ts";
import { Collections } from "./collections.ts";
import { Documents } from "./documents.ts";
import { Executions } from "./executions.ts";
import { Keys } from "./keys.ts";
import { Namespaces } from "./namespaces.ts";
import { Tasks } from "./tasks.ts";
import { Transport, type ClientOptions } from "./transport.ts";
import { ClusterTriggers, Triggers } from "./triggers.ts";

/**
 * A client of one server. Each property is a topic of the API, each of its methods one route; a refusal is thrown as
 * a RequestError with the server's message.
 */
export class Recluster {
  readonly namespaces: Namespaces;
  readonly keys: Keys;
  readonly collections: Collections;
  readonly documents: Documents;
  readonly clusters: Clusters;
  readonly executions: Executions;
  /** The routes below /v1/clusters/triggers, with history, decisions and explanations. */
  readonly clusterTriggers: ClusterTriggers;
  /** The routes below /v1/triggers, the only ones that run a trigger now. */
  readonly triggers: Triggers;
  readonly tasks: Tasks;
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    const transport = new Transport(options);
    this.#transport = transport;
    this.namespaces = new Namespaces(transport);
    this.keys = new Keys(transport);
    this.collections = new Collections(transport);
    this.documents = new Documents(transport);
    this.clusters = new Clusters(transport);
    this.executions = new Executions(transport);
    this.clusterTriggers = new ClusterTriggers(transport);
    this.triggers = new Triggers(transport);
    this.tasks = new Tasks(transport);
  }

  health(): Promise<HealthCheckResponse> {
    return this.#transport.request("GET", "/v1/health");
  }

  /** What the namespace's documents weigh and what work on their files is pending. */
  storage(options: { limit?: number } = {}): Promise<StorageResponse> {
    return this.#transport.request("GET", "/v1/storage", { query: options });
  }
}
