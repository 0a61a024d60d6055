import { GenericSuccessResponse } from "#contract/generic-responses.ts";
import {
  ApiKey,
  ApiKeyCreateRequest,
  ApiKeyCreateResponse,
  ApiKeyUpdateRequest,
  KeyParams,
  ListApiKeysQuery,
  ListApiKeysResponse,
  UserParams,
} from "#contract/keys.ts";
import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database } from "../../db/database.ts";
import type { Quotas } from "../../platform/config.ts";
import { route, type App } from "../../http/route.ts";
import { assertUnlimited, type Caller } from "../caller.ts";
import type { Scope } from "../find-caller.ts";
import { changeKey, revokeKey, rotateKey, type KeyAddress } from "./change-key.ts";
import { createKey, emailOf } from "./create-key.ts";
import { findUser, listKeys, type KeyRow } from "./store.ts";

export interface TenancyDeps {
  readonly db: Database;
  readonly clock: DatabaseClock;
  /** Of namespaces that have none of their own. */
  readonly quotas?: Quotas;
}

const USER_KEYS = "/v1/organizations/users/:user_email/api-keys";
const admin = { permission: "admin", namespace: false, tag: "API keys" } as const;

/** A key limited to namespaces may not manage keys: it could make itself an unlimited one. */
function manager(caller: Caller): Caller {
  assertUnlimited(caller, "keys");
  return caller;
}

const addressOf = (params: { user_email: string; key_name: string }): KeyAddress => ({
  email: params.user_email.toLowerCase(),
  name: params.key_name,
});

export function registerKeyRoutes(app: App, { db, clock }: TenancyDeps): void {
  route(app, {
    ...admin,
    method: "POST",
    url: USER_KEYS,
    summary: "Create a key; the answer is the only one that shows it",
    operationId: "create_api_key",
    schema: { params: UserParams, body: ApiKeyCreateRequest, response: { 200: ApiKeyCreateResponse } },
    handler: async ({ caller, params, body }) => {
      const { row, key } = await createKey(db, clock, manager(caller), emailOf(params.user_email), body);
      return { ...toApiKey(row), key };
    },
  });
  route(app, {
    ...admin,
    method: "GET",
    url: USER_KEYS,
    summary: "List a user's keys, newest first",
    operationId: "list_api_keys",
    schema: { params: UserParams, querystring: ListApiKeysQuery, response: { 200: ListApiKeysResponse } },
    handler: async ({ caller, params, query }) => {
      const userId = await findUser(db.sql, manager(caller).organizationId, params.user_email.toLowerCase());
      // A user without keys is no different from one that is not there: a user is made by its first key.
      const rows = userId === undefined ? [] : await listKeys(db.sql, userId, query.include_revoked ?? false);
      return { results: rows.map(toApiKey), total_count: rows.length };
    },
  });
  route(app, {
    ...admin,
    method: "PATCH",
    url: `${USER_KEYS}/:key_name`,
    bodyOptional: true,
    summary: "Change a key's name, description, permissions, scopes or expiry, or revoke it",
    operationId: "update_api_key",
    schema: { params: KeyParams, body: ApiKeyUpdateRequest, response: { 200: ApiKey } },
    handler: async ({ caller, params, body }) =>
      toApiKey(await changeKey(db, clock, manager(caller), addressOf(params), body)),
  });
  route(app, {
    ...admin,
    method: "DELETE",
    url: `${USER_KEYS}/:key_name`,
    summary: "Revoke a key, at once and for good",
    operationId: "revoke_api_key",
    schema: { params: KeyParams, response: { 200: GenericSuccessResponse } },
    handler: async ({ caller, params }) => {
      const { name } = await revokeKey(db, clock, manager(caller), addressOf(params));
      return { message: `The key '${name}' is revoked.`, success: true };
    },
  });
  route(app, {
    ...admin,
    method: "POST",
    url: `${USER_KEYS}/:key_name/rotate`,
    summary: "Give a key a new secret; the old one ends at once",
    operationId: "rotate_api_key",
    schema: { params: KeyParams, response: { 200: ApiKeyCreateResponse } },
    handler: async ({ caller, params }) => {
      const { row, key } = await rotateKey(db, manager(caller), addressOf(params));
      return { ...toApiKey(row), key };
    },
  });
}

function toApiKey(row: KeyRow): ApiKey {
  const scopes = row.scopes as unknown as Scope[];
  return {
    key_id: row.key_id,
    key_hash: row.key_hash,
    key_prefix: row.key_prefix,
    key_type: "standard",
    subscription_id: null,
    internal_id: row.organization_id,
    organization_id: row.organization_id,
    user_id: row.user_id,
    name: row.name,
    description: row.description,
    permissions: row.permissions,
    scopes: scopes.map(({ resource_id }) => ({
      resource_type: "namespace",
      resource_id,
      operations: null,
    })),
    rate_limit_override: row.rate_limit_override,
    status: row.status === "active" && row.expired ? "expired" : row.status,
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    revoked_by: row.revoked_by,
    allowed_origins: null,
  };
}
