import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

export const Permission = Type.Enum(["read", "write", "delete", "admin"]);

/** Only `namespace` scopes exist so far; the others are refused by code. */
const RESOURCE_TYPES = [
  "organization",
  "user",
  "api_key",
  "namespace",
  "collection",
  "bucket",
  "retriever",
  "cluster",
  "taxonomy",
  "storage_connection",
  "alert",
] as const;

const NAMESPACE_OPERATIONS = [
  "read_data",
  "write_data",
  "delete_data",
  "execute_retriever",
  "create_retriever",
  "delete_retriever",
  "execute_job",
  "cancel_job",
  "create_cluster",
  "delete_cluster",
  "modify_cluster",
  "modify_infrastructure",
  "manage_permissions",
] as const;

/** What a key is limited to. `resource_id` may be a namespace's id or name in a request; answers carry the id. */
export const ResourceScope = Type.Object({
  resource_type: Type.Enum(RESOURCE_TYPES),
  resource_id: Type.String({ minLength: 1, maxLength: 100 }),
  operations: Type.Optional(Nullable(Type.Array(Type.Enum(NAMESPACE_OPERATIONS)))),
});
export type ResourceScope = Static<typeof ResourceScope>;

export const KeyStatus = Type.Enum(["active", "revoked", "expired"]);

export const ApiKeyCreateRequest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  description: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  permissions: Type.Optional(Type.Array(Permission)),
  scopes: Type.Optional(Nullable(Type.Array(ResourceScope))),
  rate_limit_override: Type.Optional(Nullable(Type.Integer({ minimum: 1 }))),
  expires_at: Type.Optional(Nullable(Instant)),
});
export type ApiKeyCreateRequest = Static<typeof ApiKeyCreateRequest>;

export const ApiKeyUpdateRequest = Type.Object({
  name: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 100 }))),
  description: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  permissions: Type.Optional(Nullable(Type.Array(Permission))),
  scopes: Type.Optional(Nullable(Type.Array(ResourceScope))),
  rate_limit_override: Type.Optional(Nullable(Type.Integer({ minimum: 1 }))),
  expires_at: Type.Optional(Nullable(Instant)),
  status: Type.Optional(Nullable(KeyStatus)),
});
export type ApiKeyUpdateRequest = Static<typeof ApiKeyUpdateRequest>;

const apiKeyFields = {
  key_id: Type.String(),
  key_hash: Type.String({ description: "SHA-256 of the key, in hex" }),
  key_prefix: Nullable(Type.String({ minLength: 10, maxLength: 13 })),
  key_type: Type.Enum(["standard", "marketplace_subscription", "retriever"]),
  subscription_id: Nullable(Type.String()),
  internal_id: Type.String({ description: "The organization's id" }),
  organization_id: Nullable(Type.String()),
  user_id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  permissions: Type.Array(Permission),
  scopes: Type.Array(ResourceScope),
  rate_limit_override: Nullable(Type.Integer()),
  status: KeyStatus,
  expires_at: Nullable(Instant),
  last_used_at: Nullable(Instant),
  created_at: Instant,
  created_by: Nullable(Type.String()),
  revoked_at: Nullable(Instant),
  revoked_by: Nullable(Type.String()),
  allowed_origins: Nullable(Type.Array(Type.String())),
};

export const ApiKey = Type.Object(apiKeyFields);
export type ApiKey = Static<typeof ApiKey>;

/** The only answer that carries the key itself. */
export const ApiKeyCreateResponse = Type.Object({ ...apiKeyFields, key: Type.String() });
export type ApiKeyCreateResponse = Static<typeof ApiKeyCreateResponse>;

/** The contract leaves this object open; its fields are ours. */
export const ListApiKeysResponse = Type.Object({ results: Type.Array(ApiKey), total_count: Type.Integer() });
export type ListApiKeysResponse = Static<typeof ListApiKeysResponse>;

export const ListApiKeysQuery = Type.Object({
  include_revoked: Type.Optional(Type.Boolean({ default: false })),
});
export type ListApiKeysQuery = Static<typeof ListApiKeysQuery>;

export const UserParams = Type.Object({ user_email: Type.String() });
export const KeyParams = Type.Object({ user_email: Type.String(), key_name: Type.String() });
