import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import fc from "fast-check";
import { sql } from "kysely";

import { filterSql } from "../../server/src/documents/filters/filter-sql.ts";
import { parseFilter } from "../../server/src/documents/filters/parse-filter.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createTenant } from "../factories/tenant.ts";
import { holds, type PlainDocument } from "./naive-filter.ts";
import { documents, filters } from "./random-filters.ts";

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env.FILTERS ?? 600);

let database: TestDatabase;
let stored: PlainDocument[];

before(async () => {
  database = await createTestDatabase();
  stored = fc.sample(documents, { seed, numRuns: 1 })[0]!;
  await store(stored);
});
after(() => database.close());

async function store(documents: readonly PlainDocument[]): Promise<void> {
  const { db } = database;
  const { namespaceId } = await createTenant(db);
  await sql`insert into collections (collection_id, namespace_id, name, features)
    values ('col_filters', ${namespaceId}, 'filters', '[]')`.execute(db.sql);
  for (const { document_id, payload, created_at, updated_at } of documents) {
    await sql`insert into documents (collection_id, document_id, payload, vector_ids, content_hash, created_at, updated_at)
      values ('col_filters', ${document_id}, ${JSON.stringify(payload)}::jsonb, '{}', '',
        ${new Date(created_at)}, ${new Date(updated_at)})`.execute(db.sql);
  }
}

async function found(filter: unknown): Promise<string[]> {
  const parsed = parseFilter(filter, ["body", "filters"]);
  const rows = await database.db.sql
    .selectFrom("documents as d")
    .select("document_id")
    .$if(parsed !== null, (query) => query.where(filterSql(parsed!, "d")))
    .orderBy("ordinal")
    .execute();
  return rows.map((row) => row.document_id);
}

describe(`filters, seed ${seed}`, () => {
  it("find what a naive evaluator finds", { timeout: 600_000 }, async (t) => {
    const met = new Map<string, { runs: number; matched: number }>();
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = stored.filter((document) => holds(filter, document)).map((one) => one.document_id);
        for (const [, operator = ""] of JSON.stringify(filter).matchAll(/"operator":"(\w+)"/g)) {
          const count = met.get(operator) ?? { runs: 0, matched: 0 };
          count.runs++;
          if (expected.length > 0 && expected.length < stored.length) count.matched++;
          met.set(operator, count);
        }
        assert.deepEqual(await found(filter), expected);
      }),
      { seed, numRuns: runs },
    );
    t.diagnostic(JSON.stringify(Object.fromEntries(met)));
  });

  it("look for patterns and words in the first 100,000 characters of a string", async () => {
    const long = `${"x ".repeat(50_000)}needle`;
    await sql`insert into documents (collection_id, document_id, payload, vector_ids, content_hash)
      values ('col_filters', 'long', ${JSON.stringify({ long, nearly: long.slice(10) })}::jsonb, '{}', '')`.execute(
      database.db.sql,
    );
    const finds = async (field: string, operator: string, value: string) =>
      (await found({ field, operator, value })).length === 1;
    for (const [operator, value] of [
      ["regex", "needle$"],
      ["text", "needle x"],
    ] as const) {
      assert.deepEqual(
        [await finds("long", operator, value), await finds("nearly", operator, value)],
        [false, true],
      );
    }
    assert.ok(await finds("long", "ends_with", "x needle"));
  });
});
