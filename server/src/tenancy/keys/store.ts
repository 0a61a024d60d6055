import { sql as fragment, type Insertable, type Selectable, type Updateable } from "kysely";

import { databaseClock } from "../../db/database-clock.ts";
import { isUniqueViolation } from "../../db/database-errors.ts";
import type { Sql, Tx } from "../../db/database.ts";
import type { Tables } from "../../db/tables.ts";
import { AppError } from "../../platform/app-error.ts";
import { newId } from "../../platform/ids.ts";

export type KeyRow = Selectable<Tables["api_keys"]> & { readonly expired: boolean };

const expired = fragment<boolean>`coalesce(expires_at <= ${databaseClock.now}, false)`.as("expired");

export async function isKeyKnown(sql: Sql, keyHash: string): Promise<boolean> {
  const row = await sql
    .selectFrom("api_keys")
    .select("key_id")
    .where("key_hash", "=", keyHash)
    .executeTakeFirst();
  return row !== undefined;
}

/** The id of the organization's user with this e-mail, or undefined. E-mails are stored in lower case. */
export async function findUser(sql: Sql, organizationId: string, email: string): Promise<string | undefined> {
  const row = await sql
    .selectFrom("users")
    .select("user_id")
    .where("organization_id", "=", organizationId)
    .where("email", "=", email)
    .executeTakeFirst();
  return row?.user_id;
}

/** The same, made if there is none: a user begins with its first key. */
export async function ensureUser(tx: Tx, organizationId: string, email: string): Promise<string> {
  await tx
    .insertInto("users")
    .values({ user_id: newId("user"), organization_id: organizationId, email })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await findUser(tx, organizationId, email))!;
}

/** Newest first. */
export async function listKeys(sql: Sql, userId: string, includeRevoked: boolean): Promise<KeyRow[]> {
  let query = sql.selectFrom("api_keys").selectAll().select(expired).where("user_id", "=", userId);
  if (!includeRevoked) query = query.where("status", "=", "active");
  return query.orderBy("created_at", "desc").orderBy("key_id").execute();
}

export async function findKey(sql: Sql, userId: string, name: string): Promise<KeyRow | undefined> {
  return sql
    .selectFrom("api_keys")
    .selectAll()
    .select(expired)
    .where("user_id", "=", userId)
    .where("name", "=", name)
    .executeTakeFirst();
}

export async function insertKey(tx: Tx, row: Insertable<Tables["api_keys"]>): Promise<KeyRow> {
  return refuseTakenName(row.name, () =>
    tx.insertInto("api_keys").values(row).returningAll().returning(expired).executeTakeFirstOrThrow(),
  );
}

export async function updateKey(
  tx: Tx,
  keyId: string,
  changes: Updateable<Tables["api_keys"]>,
): Promise<KeyRow> {
  return refuseTakenName(typeof changes.name === "string" ? changes.name : "", () =>
    tx
      .updateTable("api_keys")
      // An update without columns is no SQL; this one changes nothing.
      .set({ key_id: keyId, ...changes })
      .where("key_id", "=", keyId)
      .returningAll()
      .returning(expired)
      .executeTakeFirstOrThrow(),
  );
}

/** Held while a key is changed, so that two changes cannot each take away the other's last admin key. */
export async function lockOrganization(tx: Tx, organizationId: string): Promise<void> {
  await tx
    .selectFrom("organizations")
    .select("organization_id")
    .where("organization_id", "=", organizationId)
    .forUpdate()
    .execute();
}

/** Whether the organization still has a key that can make keys: active, not expired, not limited to namespaces. */
export async function hasAdminKey(tx: Tx, organizationId: string): Promise<boolean> {
  const row = await tx
    .selectFrom("api_keys")
    .select("key_id")
    .where("organization_id", "=", organizationId)
    .where("status", "=", "active")
    .where(fragment<boolean>`'admin' = any(permissions) and scopes = '[]'::jsonb`)
    .where(fragment<boolean>`coalesce(expires_at > ${databaseClock.now}, true)`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function refuseTakenName<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error, "api_keys_user_id_name_key")) throw error;
    throw new AppError(
      "name_taken",
      `This user has a key named '${name}' already. Choose another name, or rotate that key; a revoked key keeps its name.`,
      { details: { name } },
    );
  }
}
