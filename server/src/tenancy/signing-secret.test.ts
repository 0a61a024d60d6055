import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";

import { createTestDatabase, createTestFolder } from "../../../test/factories/database.ts";
import { StartRefused } from "../db/start-refused.ts";
import { generateSigningSecret, isSigningSecret } from "../platform/outgoing/sign-request.ts";
import { ensureSigningSecret } from "./signing-secret.ts";

const open: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of open) await close();
});

async function world() {
  const database = await createTestDatabase();
  const { db } = database;
  const { folder, remove } = await createTestFolder();
  open.push(() => database.close(), remove);
  const ensure = (signingSecret?: string, dataFolder = folder) =>
    ensureSigningSecret(db, { signingSecret, dataFolder });
  return { db, folder, ensure };
}

test("one that is given is used and kept nowhere", async () => {
  const { db, folder, ensure } = await world();
  const given = generateSigningSecret();
  assert.equal(await ensure(given), given);
  assert.deepEqual(await readdir(folder), []);
  assert.deepEqual(
    await db.sql.selectFrom("settings").select("key").where("key", "=", "signing_secret").execute(),
    [],
  );
});

test("eight starts at once agree on one, which later starts find", async () => {
  const { ensure } = await world();
  const secrets = await Promise.all(Array.from({ length: 8 }, () => ensure()));
  assert.equal(new Set(secrets).size, 1);
  assert.ok(isSigningSecret(secrets[0]!));
  assert.equal(await ensure(), secrets[0]);
});

test("it is in a file that only its owner reads, or in the database that all servers share", async () => {
  const { db, folder, ensure } = await world();
  const secret = await ensure();
  if (db.kind === "pglite") {
    const file = join(folder, "signing-secret");
    assert.equal((await readFile(file, "utf8")).trim(), secret);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ["signing-secret"]);
  } else {
    const another = await createTestFolder();
    open.push(another.remove);
    assert.equal(await ensure(undefined, another.folder), secret);
    assert.deepEqual([await readdir(folder), await readdir(another.folder)], [[], []]);
  }
});

test("what is kept and is no secret stops the start, and is not repeated", async () => {
  const { db, folder, ensure } = await world();
  await writeFile(join(folder, "signing-secret"), "whsec_damaged\n");
  await db.sql.insertInto("settings").values({ key: "signing_secret", value: "whsec_damaged" }).execute();
  await assert.rejects(
    ensure(),
    (error) =>
      error instanceof StartRefused &&
      !error.message.includes("damaged") &&
      /24 to 64 bytes/.test(error.message),
  );
});
