import type { GenericSuccessResponse } from "#contract/generic-responses.ts";
import type {
  ApiKey,
  ApiKeyCreateRequest,
  ApiKeyCreateResponse,
  ApiKeyUpdateRequest,
  ListApiKeysQuery,
  ListApiKeysResponse,
} from "#contract/keys.ts";
import { path, type Transport } from "./transport.ts";

/** The routes of a user's API keys; the user is an e-mail. */
export function keys(transport: Transport) {
  const all = (email: string) => path`/v1/organizations/users/${email}/api-keys`;
  const one = (email: string, name: string) => all(email) + path`/${name}`;
  return {
    create: (email: string, body: ApiKeyCreateRequest) =>
      transport.request<ApiKeyCreateResponse>("POST", all(email), { body }),
    list: (email: string, query: ListApiKeysQuery = {}) =>
      transport.request<ListApiKeysResponse>("GET", all(email), { query }),
    patch: (email: string, name: string, body: ApiKeyUpdateRequest) =>
      transport.request<ApiKey>("PATCH", one(email, name), { body }),
    revoke: (email: string, name: string) =>
      transport.request<GenericSuccessResponse>("DELETE", one(email, name)),
    rotate: (email: string, name: string) =>
      transport.request<ApiKeyCreateResponse>("POST", `${one(email, name)}/rotate`),
  };
}
