import { createHash } from "node:crypto";

import { sql as fragment } from "kysely";

import { databaseClock } from "../db/database-clock.ts";
import type { Sql } from "../db/database.ts";
import { AppError } from "../platform/app-error.ts";
import type { Caller } from "./caller.ts";

export interface Scope {
  readonly resource_type: string;
  readonly resource_id: string;
}

export interface FoundCaller {
  readonly caller: Caller;
  /** Milliseconds until the key expires; null if it does not. */
  readonly expiresInMs: number | null;
}

/** `last_used_at` is kept to the minute, so that reading does not become writing. */
const USE_NOTED_EVERY_SECONDS = 60;

/** What is stored of a key: its SHA-256, in hex. Keys are random, so no salt and no slow hash is needed. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** The caller this key stands for; throws a 401 that says whether it is unknown, expired or revoked. */
export async function findCaller(sql: Sql, key: string): Promise<FoundCaller> {
  const row = await sql
    .selectFrom("api_keys")
    .innerJoin("users", "users.user_id", "api_keys.user_id")
    .select([
      "key_id",
      "api_keys.organization_id",
      "api_keys.user_id",
      "name",
      "email",
      "permissions",
      "scopes",
      "status",
    ])
    .select([
      fragment<number | null>`extract(epoch from expires_at - ${databaseClock.now})::float8 * 1000`.as(
        "expires_in_ms",
      ),
      fragment<boolean>`coalesce(last_used_at <= ${databaseClock.now} - make_interval(secs => ${USE_NOTED_EVERY_SECONDS}), true)`.as(
        "note_use",
      ),
    ])
    .where("key_hash", "=", hashKey(key))
    .executeTakeFirst();
  if (!row)
    throw new AppError(
      "unknown_key",
      "This API key is not known here. Check that it belongs to this server and is complete.",
    );
  if (row.status === "revoked")
    throw new AppError("revoked_key", "This API key was revoked. Ask an admin for another.");
  if (row.expires_in_ms !== null && row.expires_in_ms <= 0)
    throw new AppError(
      "expired_key",
      "This API key has expired. Ask an admin to set a later expires_at, or for another.",
    );
  if (row.note_use) await noteUse(sql, row.key_id);
  return {
    expiresInMs: row.expires_in_ms,
    caller: {
      organizationId: row.organization_id,
      keyId: row.key_id,
      userId: row.user_id,
      actor: `${row.email} (key ${row.name})`,
      permissions: row.permissions,
      namespaceScope: namespacesOf(row.scopes as unknown as Scope[]),
    },
  };
}

/** Asks again in its condition: of many requests at once, one writes. */
async function noteUse(sql: Sql, keyId: string): Promise<void> {
  await sql
    .updateTable("api_keys")
    .set({ last_used_at: fragment`${databaseClock.now}` })
    .where("key_id", "=", keyId)
    .where(
      fragment<boolean>`coalesce(last_used_at <= ${databaseClock.now} - make_interval(secs => ${USE_NOTED_EVERY_SECONDS}), true)`,
    )
    .execute();
}

/** A key without namespace scopes works in every namespace of its organization. */
function namespacesOf(scopes: readonly Scope[]): readonly string[] | null {
  const ids = scopes.filter((scope) => scope.resource_type === "namespace").map((scope) => scope.resource_id);
  return ids.length > 0 ? ids : null;
}
