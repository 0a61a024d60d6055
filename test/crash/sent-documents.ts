import assert from "node:assert/strict";

import { sql } from "kysely";

import type { Sql } from "../../server/src/db/database.ts";

/** What became of the documents a test sent, as their sender knows it. */
export class SentDocuments {
  readonly acknowledged = new Set<string>();
  /** Sent, and no answer came, or none that says what happened: may be there or not. */
  readonly unanswered = new Set<string>();

  /** Each acknowledged document is there once, and nothing is that was not sent. */
  async check(run: Sql): Promise<void> {
    const { rows } = await sql<{ document_id: string }>`select document_id from documents`.execute(run);
    const stored = new Set(rows.map((row) => row.document_id));
    assert.equal(stored.size, rows.length, "each document is there once");
    const lost = [...this.acknowledged].filter((id) => !stored.has(id));
    assert.deepEqual(lost, [], "every acknowledged document is there");
    const unknown = [...stored].filter((id) => !this.acknowledged.has(id) && !this.unanswered.has(id));
    assert.deepEqual(unknown, [], "nothing is there that was not sent");
  }
}
