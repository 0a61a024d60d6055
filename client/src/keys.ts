import type {
  ApiKey,
  ApiKeyCreateRequest,
  ApiKeyCreateResponse,
  ApiKeyUpdateRequest,
  ListApiKeysResponse,
} from "#contract/keys.ts";
import { path } from "./list-options.ts";
import type { Transport } from "./transport.ts";

export class Keys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The answer is the only one that carries the key itself. */
  create(user: string, body: ApiKeyCreateRequest): Promise<ApiKeyCreateResponse> {
    return this.#transport.request("POST", path`/v1/organizations/users/${user}/api-keys`, { body });
  }

  list(user: string, options: { include_revoked?: boolean } = {}): Promise<ListApiKeysResponse> {
    return this.#transport.request("GET", path`/v1/organizations/users/${user}/api-keys`, {
      query: { ...options },
    });
  }

  patch(user: string, name: string, body: ApiKeyUpdateRequest): Promise<ApiKey> {
    return this.#transport.request("PATCH", path`/v1/organizations/users/${user}/api-keys/${name}`, { body });
  }

  /** Gives the key a new secret; the old one stops working at once. */
  rotate(user: string, name: string): Promise<ApiKeyCreateResponse> {
    return this.#transport.request("POST", path`/v1/organizations/users/${user}/api-keys/${name}/rotate`);
  }

  async revoke(user: string, name: string): Promise<void> {
    await this.#transport.request("DELETE", path`/v1/organizations/users/${user}/api-keys/${name}`);
  }
}
