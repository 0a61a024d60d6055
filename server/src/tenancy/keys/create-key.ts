import type { ApiKeyCreateRequest } from "#contract/keys.ts";
import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database } from "../../db/database.ts";
import { AppError } from "../../platform/app-error.ts";
import type { Caller } from "../caller.ts";
import { expiryOf, permissionsOf, refuseRateLimit, scopesOf } from "./change-key.ts";
import { generateKey, newKeyRow } from "./new-key.ts";
import { ensureUser, insertKey, type KeyRow } from "./store.ts";

/** E-mails are compared without regard to case. Throws `invalid_value` for what is none. */
export function emailOf(given: string): string {
  // Deliberately loose: one @ with something on both sides, so that admin@localhost is one.
  if (given.length > 254 || !/^[^\s@/]+@[^\s@/]+$/.test(given)) {
    throw new AppError("invalid_value", `'${given}' is not an e-mail address, as a user is named here.`);
  }
  return given.toLowerCase();
}

/** Makes a key, and its user if this is the first. The secret is in the result only. */
export async function createKey(
  db: Database,
  clock: DatabaseClock,
  caller: Caller,
  email: string,
  request: ApiKeyCreateRequest,
): Promise<{ row: KeyRow; key: string }> {
  refuseRateLimit(request.rate_limit_override);
  const permissions = permissionsOf(request.permissions ?? ["read"]);
  const key = generateKey();
  const row = await db.transaction(async (tx) =>
    insertKey(
      tx,
      newKeyRow(key, {
        organizationId: caller.organizationId,
        userId: await ensureUser(tx, caller.organizationId, email),
        name: request.name,
        description: request.description ?? "",
        permissions,
        scopes: await scopesOf(tx, caller, request.scopes),
        expiresAt: await expiryOf(tx, clock, request.expires_at),
        createdBy: caller.userId,
      }),
    ),
  );
  return { row, key };
}
