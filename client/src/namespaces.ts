import type {
  CreateNamespaceRequest,
  ListNamespacesRequest,
  ListNamespacesResponse,
  NamespaceModel,
  PatchNamespaceRequest,
} from "#contract/namespaces.ts";
import { listQuery, path, type ListOptions } from "./list-options.ts";
import type { Transport } from "./transport.ts";

export class Namespaces {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(body: CreateNamespaceRequest): Promise<NamespaceModel> {
    return this.#transport.request("POST", "/v1/namespaces", { body });
  }

  get(identifier: string): Promise<NamespaceModel> {
    return this.#transport.request("GET", path`/v1/namespaces/${identifier}`);
  }

  list(body: ListNamespacesRequest = {}, options: ListOptions = {}): Promise<ListNamespacesResponse> {
    return this.#transport.request("POST", "/v1/namespaces/list", { body, query: listQuery(options) });
  }

  patch(identifier: string, body: PatchNamespaceRequest): Promise<NamespaceModel> {
    return this.#transport.request("PATCH", path`/v1/namespaces/${identifier}`, { body });
  }

  async delete(identifier: string, options: { force?: boolean } = {}): Promise<void> {
    await this.#transport.request("DELETE", path`/v1/namespaces/${identifier}`, {
      query: { force: options.force },
    });
  }
}
