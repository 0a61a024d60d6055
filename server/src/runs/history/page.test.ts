import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import fc from "fast-check";
import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createTestTrigger } from "../../../../test/factories/trigger.ts";
import { createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { rowsOf } from "../../db/json.ts";
import { historyPage, type PageRequest } from "./page.ts";

const STATUSES = ["pending", "processing", "completed", "failed", "canceled"] as const;
const START = Date.UTC(2026, 0, 1);

interface Row {
  readonly ordinal: number;
  readonly status: string;
}

/** When the execution with this ordinal was triggered: grows with it, by uneven steps. */
const triggeredAt = (ordinal: number): Date => new Date(START + ordinal * 1000 + (ordinal % 7) * 100);

describe("a page of the history", () => {
  let database: TestDatabase;
  let tenant: TestTenant;
  before(async () => {
    database = await createTestDatabase();
    tenant = await createTenant(database.db);
  });
  after(() => database.close());

  const page = (triggerId: string, request: Partial<PageRequest>) =>
    historyPage(database.db.sql, tenant.namespaceId, triggerId, {
      offset: 0,
      limit: 50,
      status: null,
      cursor: undefined,
      triggeredAfter: null,
      triggeredBefore: null,
      ...request,
    });

  // Each of a cluster of its own, since a cluster has only one that is processing.
  async function insert(triggerId: string, rows: readonly Row[]): Promise<void> {
    const values = rows.map((row) => ({ ...row, at: triggeredAt(row.ordinal) }));
    await sql`
      insert into executions (run_id, cluster_id, namespace_id, organization_id, trigger_id, trigger_ordinal, status,
        triggered_at, definition)
      select 'run_' || ${triggerId} || ordinal, 'clust_' || ${triggerId} || ordinal, ${tenant.namespaceId}, ${tenant.organizationId},
        ${triggerId}, ordinal, status, at, '{}'
      from ${rowsOf(values, "ordinal bigint, status text, at timestamptz")}`.execute(database.db.sql);
  }

  /** What the page must be, from the plain list of rows. */
  function naive(rows: readonly Row[], request: Partial<PageRequest>, below = Infinity) {
    const { status = null, offset = 0, limit = 50, triggeredAfter = null, triggeredBefore = null } = request;
    const matching = rows
      .filter((row) => status === null || row.status === status)
      .filter((row) => triggeredAfter === null || triggeredAt(row.ordinal) >= triggeredAfter)
      .filter((row) => triggeredBefore === null || triggeredAt(row.ordinal) < triggeredBefore)
      .sort((a, b) => b.ordinal - a.ordinal);
    const place = matching.filter((row) => row.ordinal < below);
    return {
      total: matching.length,
      ordinals: place.slice(offset, offset + limit).map((row) => row.ordinal),
    };
  }

  /** Rows as firing, running and retention leave them: inserted, changed, some deleted. */
  async function makeHistory(name: string, ordinals: readonly number[], seed: number, deletes: boolean) {
    const triggerId = await createTestTrigger(database.db, tenant, name);
    const random = (ordinal: number, salt: number) => ((ordinal + seed) * 7919 + salt * 104_729) % 100;
    await insert(
      triggerId,
      ordinals.map((ordinal) => ({ ordinal, status: "pending" })),
    );
    const final = ordinals
      .map((ordinal): Row => {
        const dice = random(ordinal, 1);
        const status = dice < 80 ? "completed" : dice < 85 ? "failed" : dice < 99 ? "canceled" : "processing";
        return { ordinal, status: random(ordinal, 2) < 97 ? status : "pending" };
      })
      .filter((row) => !deletes || random(row.ordinal, 3) >= 20);
    await sql`
      update executions set status = wanted.status from (select * from ${rowsOf(final, "ordinal bigint, status text")}) as wanted
      where trigger_id = ${triggerId} and trigger_ordinal = ordinal`.execute(database.db.sql);
    await sql`delete from executions where trigger_id = ${triggerId}
      and trigger_ordinal <> all(${final.map((row) => row.ordinal)}::bigint[])`.execute(database.db.sql);
    return { triggerId, rows: final };
  }

  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  for (const [name, ordinals, deletes] of [
    ["one unbroken row", range(0, 5200), false],
    ["gaps inside blocks", range(0, 4200), true],
    [
      "gaps of whole blocks, over a million",
      [...range(500, 2600), ...range(7990, 8010), ...range(998_000, 1_002_500), 2_500_000],
      true,
    ],
  ] as const) {
    it(`is that of a plain list: ${name}`, async () => {
      const { triggerId, rows } = await makeHistory(name, ordinals, ordinals.length, deletes);
      const ordinal = fc.oneof(
        fc.constantFrom(...ordinals.slice(0, 3), ...ordinals.slice(-3)),
        fc.integer({ min: 0, max: ordinals.at(-1)! + 10 }),
        fc.constantFrom(...ordinals),
      );
      const instant = fc.option(
        fc.tuple(ordinal, fc.integer({ min: -1, max: 1 })).map(([at, ms]) => new Date(+triggeredAt(at) + ms)),
        { freq: 2 },
      );
      const requests = fc.record({
        status: fc.option(fc.constantFrom(...STATUSES, "unknown"), { freq: 2 }),
        offset: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: rows.length + 60 })),
        limit: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(1000)),
        triggeredAfter: instant,
        triggeredBefore: instant,
      });
      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          const got = await page(triggerId, request);
          assert.deepEqual(
            { total: got.total, ordinals: got.rows.map((row) => row.trigger_ordinal) },
            naive(rows, request),
          );
        }),
        { numRuns: 80 },
      );
      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          const seen: number[] = [];
          const walk = { ...request, offset: 0, limit: 1000 };
          for (let cursor: string | null | undefined = null; cursor !== undefined;) {
            const got = await page(triggerId, { ...walk, cursor });
            seen.push(...got.rows.map((row) => row.trigger_ordinal));
            cursor = got.nextCursor ?? undefined;
          }
          assert.deepEqual(seen, naive(rows, { ...walk, limit: Infinity }).ordinals);
        }),
        { numRuns: 6 },
      );
    });
  }

  it("keeps rows and total of one moment while executions are inserted and change", async () => {
    const { triggerId } = await makeHistory("moving", range(0, 1500), 1, false);
    let next = 1500;
    let writing = true;
    const write = async () => {
      while (writing) {
        await insert(triggerId, [{ ordinal: next++, status: "failed" }]);
        await sql`update executions set status = case status when 'failed' then 'completed' else 'failed' end
          where trigger_id = ${triggerId} and trigger_ordinal % 97 = ${next % 97}`.execute(database.db.sql);
      }
    };
    const read = async () => {
      for (let round = 0; round < 60; round++) {
        const offset = round * 3;
        const { rows, total } = await page(triggerId, { status: "failed", offset, limit: 1000 });
        assert.equal(rows.length, Math.max(0, total - offset));
        assert.ok(rows.every((row) => row.status === "failed"));
      }
      writing = false;
    };
    await Promise.all([write(), read().finally(() => (writing = false))]);
    assert.ok(next > 1500);
  });
});
