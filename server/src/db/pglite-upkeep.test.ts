import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { sql } from "kysely";

import { createTestFolder } from "../../../test/factories/database.ts";
import { silentLogger } from "../platform/logger.ts";
import { Database } from "./database.ts";
import { pgliteBackend } from "./pglite.ts";
import { PgliteUpkeep } from "./pglite-upkeep.ts";

async function weigh(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024 / 1024;
}

test("rows that come and go do not make the folder grow, and the planner learns what there is", async () => {
  const { folder, remove } = await createTestFolder();
  const db = new Database(await pgliteBackend(join(folder, "database")), { logger: silentLogger });
  try {
    const upkeep = new PgliteUpkeep(db);
    await sql`create table things (id bigint primary key, value bytea)`.execute(db.sql);
    const round = async () => {
      await sql`insert into things select i, decode(repeat('ab', 1500), 'hex') from generate_series(1, 6000) i`.execute(db.sql); // prettier-ignore
      await sql`delete from things`.execute(db.sql);
      return upkeep.runOnce();
    };
    const first = await round();
    assert.equal(first.checkpointed, true);
    assert.ok(first.vacuumed.includes("things"));
    for (let i = 0; i < 4; i++) await round();
    const settled = await weigh(folder);
    let checkpoints = 0;
    for (let i = 0; i < 12; i++) if ((await round()).checkpointed) checkpoints++;
    assert.ok(checkpoints >= 2 && checkpoints < 12, `${checkpoints} checkpoints in 12 rounds of 18 MiB`);
    // Twelve rounds write over 200 MiB of log; a segment of 16 MiB may be one more than before.
    const grown = (await weigh(folder)) - settled;
    assert.ok(grown <= 33, `it grew by ${grown.toFixed(0)} MiB`);
  } finally {
    await db.close();
    await remove();
  }
});
