import { join } from "node:path";

import type { Database } from "../db/database.ts";
import { StartRefused } from "../db/start-refused.ts";
import { generateSigningSecret, isSigningSecret } from "../platform/outgoing/sign-request.ts";
import { secretInFile } from "./secret-file.ts";

const FILE = "signing-secret";
const SETTING = "signing_secret";

export interface SigningSecretOptions {
  /** RECLUSTER_SIGNING_SECRET, checked; it is used and kept nowhere. */
  readonly signingSecret: string | undefined;
  readonly dataFolder: string;
}

/**
 * The secret that requests of this server are signed with: the one given, else one made when it is needed for the first time. It is kept in a
 * file (mode 0600) beside the admin key, or, as all servers of one database must sign alike, in PostgreSQL.
 *
 * @throws StartRefused if what is kept is no such secret
 */
export async function ensureSigningSecret(
  db: Database,
  { signingSecret, dataFolder }: SigningSecretOptions,
): Promise<string> {
  if (signingSecret !== undefined) return signingSecret;
  const file = join(dataFolder, FILE);
  const kept = db.kind === "pglite" ? await secretInFile(file, generateSigningSecret) : await inSettings(db);
  if (isSigningSecret(kept)) return kept;
  const where = db.kind === "pglite" ? `The file ${file}` : `The setting '${SETTING}' of the database`;
  throw new StartRefused(
    `${where} holds no signing secret: whsec_ and 24 to 64 bytes as base64. Put back what was there, or remove it to have another made; who verifies our signatures then needs that one.`,
  );
}

async function inSettings(db: Database): Promise<string> {
  await db.sql
    .insertInto("settings")
    .values({ key: SETTING, value: generateSigningSecret() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db.sql
    .selectFrom("settings")
    .select("value")
    .where("key", "=", SETTING)
    .executeTakeFirstOrThrow();
  return row.value;
}
