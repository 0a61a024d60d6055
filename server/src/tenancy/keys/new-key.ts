import type { Insertable } from "kysely";

import { json } from "../../db/json.ts";
import type { Permission, Tables } from "../../db/tables.ts";
import { newId, randomText } from "../../platform/ids.ts";
import { hashKey, type Scope } from "../find-caller.ts";

/** The contract's bound on `key_prefix` is 10 to 13; of 43 characters 31 (184 bits) stay secret. */
const PREFIX_LENGTH = 12;

export interface NewKey {
  readonly organizationId: string;
  readonly userId: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
  readonly createdBy: string | null;
}

/** A new secret: `sk_` and 40 random characters (238 bits). Only its hash is stored. */
export function generateKey(): string {
  return `sk_${randomText(40)}`;
}

/** The columns that depend on the secret. */
export function secretColumns(key: string): { key_hash: string; key_prefix: string } {
  return { key_hash: hashKey(key), key_prefix: key.slice(0, PREFIX_LENGTH) };
}

export function newKeyRow(key: string, fields: NewKey): Insertable<Tables["api_keys"]> {
  return {
    key_id: newId("key"),
    organization_id: fields.organizationId,
    user_id: fields.userId,
    name: fields.name,
    description: fields.description,
    ...secretColumns(key),
    permissions: [...fields.permissions],
    scopes: json(fields.scopes) as never,
    rate_limit_override: null,
    expires_at: fields.expiresAt,
    last_used_at: null,
    created_by: fields.createdBy,
    revoked_at: null,
    revoked_by: null,
  };
}
