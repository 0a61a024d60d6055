import { sql as fragment, type Updateable } from "kysely";

import type { ApiKeyUpdateRequest, ResourceScope } from "#contract/keys.ts";
import { readClock, type DatabaseClock } from "../../db/database-clock.ts";
import type { Database, Sql, Tx } from "../../db/database.ts";
import { json } from "../../db/json.ts";
import type { Permission, Tables } from "../../db/tables.ts";
import { AppError, notFound, notSupported } from "../../platform/app-error.ts";
import type { Caller } from "../caller.ts";
import type { Scope } from "../find-caller.ts";
import { findNamespace } from "../find-namespace.ts";
import { generateKey, secretColumns } from "./new-key.ts";
import { findKey, findUser, hasAdminKey, lockOrganization, updateKey, type KeyRow } from "./store.ts";

export interface KeyAddress {
  readonly email: string;
  readonly name: string;
}

/** The key at this address, or the 404 that an unknown user gets as well. */
export async function requireKey(sql: Sql, caller: Caller, address: KeyAddress): Promise<KeyRow> {
  const userId = await findUser(sql, caller.organizationId, address.email);
  const key = userId === undefined ? undefined : await findKey(sql, userId, address.name);
  if (!key) throw notFound("api_key", address.name, "organization");
  return key;
}

/**
 * Changes a key. Null means what the field's default is (no description, no scopes, no expiry); a null name,
 * permissions or status changes nothing. Revoking is final.
 */
export async function changeKey(
  db: Database,
  clock: DatabaseClock,
  caller: Caller,
  address: KeyAddress,
  request: ApiKeyUpdateRequest,
): Promise<KeyRow> {
  return change(db, caller, address, async (tx, key) => {
    const changes: Updateable<Tables["api_keys"]> = {};
    if (typeof request.name === "string") changes.name = request.name;
    if (request.description !== undefined) changes.description = request.description ?? "";
    if (request.permissions) changes.permissions = permissionsOf(request.permissions);
    if (request.scopes !== undefined)
      changes.scopes = json(await scopesOf(tx, caller, request.scopes)) as never;
    refuseRateLimit(request.rate_limit_override);
    if (request.expires_at !== undefined) changes.expires_at = await expiryOf(tx, clock, request.expires_at);
    if (request.status === "expired") {
      throw new AppError(
        "invalid_value",
        "status 'expired' follows from expires_at and cannot be set. Revoke the key, or set expires_at.",
      );
    }
    if (request.status === "revoked") Object.assign(changes, revocation(key, clock, caller));
    else refuseRevoked(key);
    return changes;
  });
}

/** Revokes a key for good; one that is revoked already stays as it is. */
export async function revokeKey(
  db: Database,
  clock: DatabaseClock,
  caller: Caller,
  address: KeyAddress,
): Promise<KeyRow> {
  return change(db, caller, address, (_tx, key) => Promise.resolve(revocation(key, clock, caller)));
}

/** Gives a key a new secret under the same record; the old secret ends at once. */
export async function rotateKey(
  db: Database,
  caller: Caller,
  address: KeyAddress,
): Promise<{ row: KeyRow; key: string }> {
  const key = generateKey();
  const row = await change(db, caller, address, (_tx, current) => {
    refuseRevoked(current);
    if (current.expired) {
      throw new AppError(
        "illegal_state_change",
        `The key '${current.name}' has expired: a new secret would be expired as well. Set a later expires_at first.`,
      );
    }
    return Promise.resolve({ ...secretColumns(key), last_used_at: null });
  });
  return { row, key };
}

async function change(
  db: Database,
  caller: Caller,
  address: KeyAddress,
  plan: (tx: Tx, key: KeyRow) => Promise<Updateable<Tables["api_keys"]>>,
): Promise<KeyRow> {
  return db.transaction(async (tx) => {
    await lockOrganization(tx, caller.organizationId);
    const key = await requireKey(tx, caller, address);
    const row = await updateKey(tx, key.key_id, await plan(tx, key));
    if (!(await hasAdminKey(tx, caller.organizationId))) {
      throw new AppError(
        "illegal_state_change",
        `'${key.name}' is the organization's last usable admin key; without one nobody could make keys. Create another first.`,
      );
    }
    db.wakeAfterCommit(tx, "tenancy");
    return row;
  });
}

function revocation(key: KeyRow, clock: DatabaseClock, caller: Caller): Updateable<Tables["api_keys"]> {
  if (key.status === "revoked") return {};
  return { status: "revoked", revoked_at: fragment`${clock.now}` as never, revoked_by: caller.userId };
}

function refuseRevoked(key: KeyRow): void {
  if (key.status !== "revoked") return;
  throw new AppError(
    "illegal_state_change",
    `The key '${key.name}' is revoked, which is final. Create another key.`,
  );
}

/** In the contract's order, each once. An empty list would be a key for nothing. */
export function permissionsOf(given: readonly Permission[]): Permission[] {
  if (given.length === 0) {
    throw new AppError(
      "invalid_value",
      "permissions is an empty list; name at least one of: read, write, delete, admin.",
    );
  }
  return (["read", "write", "delete", "admin"] as const).filter((permission) => given.includes(permission));
}

/** The scopes as stored: names of namespaces become ids, so that a renamed or new namespace changes no key. */
export async function scopesOf(
  sql: Sql,
  caller: Caller,
  given: readonly ResourceScope[] | null | undefined,
): Promise<Scope[]> {
  const scopes = new Map<string, Scope>();
  for (const scope of given ?? []) {
    if (scope.resource_type !== "namespace") {
      throw notSupported(
        `A scope of resource_type '${scope.resource_type}'`,
        "Limit the key to namespaces, by resource_type 'namespace'.",
      );
    }
    if (scope.operations && scope.operations.length > 0) {
      throw notSupported("A scope with operations", "Limit what the key may do by its permissions.");
    }
    const { namespaceId } = await findNamespace(sql, caller, scope.resource_id);
    scopes.set(namespaceId, { resource_type: "namespace", resource_id: namespaceId });
  }
  return [...scopes.values()];
}

export async function expiryOf(
  sql: Sql,
  clock: DatabaseClock,
  given: string | null | undefined,
): Promise<Date | null> {
  if (given === null || given === undefined) return null;
  const expiresAt = new Date(given);
  const now = await readClock(sql, clock);
  if (expiresAt <= now) {
    throw new AppError(
      "invalid_value",
      `expires_at is ${given}, which has passed (it is ${now.toISOString()}). Give a later instant, or revoke the key.`,
    );
  }
  return expiresAt;
}

export function refuseRateLimit(given: number | null | undefined): void {
  if (typeof given === "number") throw notSupported("rate_limit_override", "Leave it out or send null.");
}
