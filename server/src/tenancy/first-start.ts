import { rm } from "node:fs/promises";
import { join } from "node:path";

import type { Database, Tx } from "../db/database.ts";
import { newId } from "../platform/ids.ts";
import { hashKey } from "./find-caller.ts";
import { isKeyKnown } from "./keys/store.ts";
import { generateKey, newKeyRow } from "./keys/new-key.ts";
import { secretInFile } from "./secret-file.ts";

const ADMIN_EMAIL = "admin@localhost";
const KEY_FILE = "admin-key";

export interface FirstStartOptions {
  /** RECLUSTER_API_KEY: the admin key to create. It is not a setting: a later start with another does not add a key. */
  readonly apiKey: string | undefined;
  readonly dataFolder: string;
}

export interface FirstStart {
  /** Whether this call made the organization. */
  readonly created: boolean;
  /** The generated key, to be shown this once; null if RECLUSTER_API_KEY gave it or nothing was created. */
  readonly key: string | null;
  /** RECLUSTER_API_KEY is set and is no key of this database: worth a warning, it will not open anything. */
  readonly apiKeyIsForeign: boolean;
}

/**
 * Makes the organization, its user admin@localhost, the admin key and the namespace `default`, once in the life of a
 * database. Of several servers that start at once on one database the first to insert the settings row does it, the
 * others wait for its commit and find everything there.
 *
 * A generated key is in its file (mode 0600) before it is in the database: a crash in between leaves a file whose key
 * the next start takes, never a database whose key nobody knows.
 */
export async function ensureFirstStart(
  db: Database,
  { apiKey, dataFolder }: FirstStartOptions,
): Promise<FirstStart> {
  if (await hasStarted(db)) return later(db, apiKey);
  const file = join(dataFolder, KEY_FILE);
  // Perhaps the key that an earlier start left before it could create the organization.
  const key = apiKey ?? (await secretInFile(file, generateKey));
  const created = await db.transaction((tx) => createOrganization(tx, key));
  if (created) return { created, key: apiKey === undefined ? key : null, apiKeyIsForeign: false };
  // Another server was first. The file may be the one it wrote itself, into the same folder.
  if (apiKey === undefined && !(await isKeyKnown(db.sql, hashKey(key)))) await rm(file, { force: true });
  return later(db, apiKey);
}

async function hasStarted(db: Database): Promise<boolean> {
  const row = await db.sql
    .selectFrom("settings")
    .select("value")
    .where("key", "=", "first_organization")
    .executeTakeFirst();
  return row !== undefined;
}

async function later(db: Database, apiKey: string | undefined): Promise<FirstStart> {
  const apiKeyIsForeign = apiKey !== undefined && !(await isKeyKnown(db.sql, hashKey(apiKey)));
  return { created: false, key: null, apiKeyIsForeign };
}

async function createOrganization(tx: Tx, key: string): Promise<boolean> {
  const organizationId = newId("org");
  const first = await tx
    .insertInto("settings")
    .values({ key: "first_organization", value: organizationId })
    .onConflict((conflict) => conflict.doNothing())
    .returning("key")
    .executeTakeFirst();
  if (!first) return false;
  const userId = newId("user");
  await tx
    .insertInto("organizations")
    .values({ organization_id: organizationId, name: "Recluster" })
    .execute();
  await tx
    .insertInto("users")
    .values({ user_id: userId, organization_id: organizationId, email: ADMIN_EMAIL })
    .execute();
  await tx
    .insertInto("api_keys")
    .values(
      newKeyRow(key, {
        organizationId,
        userId,
        name: "admin",
        description: "Made at first start",
        permissions: ["admin"],
        scopes: [],
        expiresAt: null,
        createdBy: null,
      }),
    )
    .execute();
  await tx
    .insertInto("namespaces")
    .values({
      namespace_id: newId("ns"),
      organization_id: organizationId,
      name: "default",
      description: null,
    })
    .execute();
  return true;
}
