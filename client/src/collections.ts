import type {
  CollectionResponse,
  CreateCollectionRequest,
  ListCollectionsRequest,
  ListCollectionsResponse,
  PatchCollectionRequest,
} from "#contract/collections.ts";
import { listQuery, path, type ListOptions } from "./list-options.ts";
import type { Transport } from "./transport.ts";

export class Collections {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(body: CreateCollectionRequest): Promise<CollectionResponse> {
    return this.#transport.request("POST", "/v1/collections", { body });
  }

  get(identifier: string): Promise<CollectionResponse> {
    return this.#transport.request("GET", path`/v1/collections/${identifier}`);
  }

  list(body: ListCollectionsRequest = {}, options: ListOptions = {}): Promise<ListCollectionsResponse> {
    return this.#transport.request("POST", "/v1/collections/list", { body, query: listQuery(options) });
  }

  patch(identifier: string, body: PatchCollectionRequest): Promise<CollectionResponse> {
    return this.#transport.request("PATCH", path`/v1/collections/${identifier}`, { body });
  }

  /** Refused with `in_use` while a cluster or trigger uses it, unless forced. */
  async delete(identifier: string, options: { force?: boolean } = {}): Promise<void> {
    await this.#transport.request("DELETE", path`/v1/collections/${identifier}`, {
      query: { force: options.force },
    });
  }
}
