import type { GenericDeleteResponse } from "#contract/generic-responses.ts";
import type {
  CreateNamespaceRequest,
  ListNamespacesRequest,
  ListNamespacesResponse,
  NamespaceModel,
  PatchNamespaceRequest,
  UpdateNamespaceRequest,
} from "#contract/namespaces.ts";
import type { ListQuery } from "#contract/pagination.ts";
import { path, type Transport } from "./transport.ts";

/** The namespace routes. */
export function namespaces(transport: Transport) {
  return {
    create: (body: CreateNamespaceRequest) =>
      transport.request<NamespaceModel>("POST", "/v1/namespaces", { body }),
    get: (identifier: string) => transport.request<NamespaceModel>("GET", path`/v1/namespaces/${identifier}`),
    list: (body: Partial<ListNamespacesRequest> = {}, query: ListQuery = {}) =>
      transport.request<ListNamespacesResponse>("POST", "/v1/namespaces/list", { body, query }),
    put: (identifier: string, body: UpdateNamespaceRequest) =>
      transport.request<NamespaceModel>("PUT", path`/v1/namespaces/${identifier}`, { body }),
    patch: (identifier: string, body: PatchNamespaceRequest) =>
      transport.request<NamespaceModel>("PATCH", path`/v1/namespaces/${identifier}`, { body }),
    delete: (identifier: string) =>
      transport.request<GenericDeleteResponse>("DELETE", path`/v1/namespaces/${identifier}`),
  };
}
