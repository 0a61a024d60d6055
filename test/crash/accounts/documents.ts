import assert from "node:assert/strict";

import { sql } from "kysely";

import type { Sql } from "../../../server/src/db/database.ts";

/** The events of each collection add up to its documents, and its running totals to its events. */
export async function checkDocuments(run: Sql): Promise<{ documents: number; events: number }> {
  const { rows } = await sql<{
    collection_id: string;
    documents: number;
    counted: number;
    weighed: number;
    size_bytes: number;
    added: number;
    head: Totals;
    log: Totals;
  }>`
    select collection_id, document_count as counted, size_bytes,
      (select coalesce(sum(size_bytes), 0)::bigint from documents d where d.collection_id = c.collection_id) as weighed,
      (select count(*) from documents d where d.collection_id = c.collection_id) as documents,
      (select coalesce(sum(added), 0)::bigint from document_events e where e.collection_id = c.collection_id) as added,
      json_build_array(event_seq, total_added, total_updated, total_batches) as head,
      (select json_build_array(count(*), coalesce(sum(added), 0), coalesce(sum(updated), 0), coalesce(sum(batches), 0))
       from document_events e where e.collection_id = c.collection_id) as log
    from collections c order by collection_id`.execute(run);
  for (const row of rows) {
    assert.equal(row.added, row.documents, `the events of ${row.collection_id} add up to its documents`);
    assert.equal(row.counted, row.documents, `document_count of ${row.collection_id}`);
    assert.equal(row.size_bytes, row.weighed, `size_bytes of ${row.collection_id}`);
    assert.deepEqual(row.head, row.log, `the totals of ${row.collection_id} are those of its log`);
  }
  const { rows: wrong } = await sql`
    select collection_id, seq from (
      select *, row_number() over log as position, sum(added) over log as sum_added,
        sum(updated) over log as sum_updated, sum(batches) over log as sum_batches
      from document_events window log as (partition by collection_id order by seq)) as events
    where (seq, total_added, total_updated, total_batches) <> (position, sum_added, sum_updated, sum_batches)`.execute(
    run,
  );
  assert.deepEqual(wrong, [], "the event log has no gap, and its running totals are right");
  const sum = (key: "documents" | "added") => rows.reduce((total, row) => total + row[key], 0);
  return { documents: sum("documents"), events: sum("added") };
}

type Totals = readonly [seq: number, added: number, updated: number, batches: number];
