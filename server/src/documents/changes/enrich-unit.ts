import type { Tx } from "../../db/database.ts";
import { spendQuotas } from "../../tenancy/quotas/spend-quotas.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { documentSize } from "../document-size.ts";
import { lockEnabled } from "../lock-collection.ts";
import { growCollection, readForEnrichment, updateDocuments, type DocumentWrite } from "../store.ts";

export interface EnrichedFields {
  readonly documentId: string;
  /** Payload fields to be set; others stay. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Sets payload fields of documents, whose ids differ, and calls `record` with the ids that were there, all in one transaction. What is
 * there is read under the collection's lock, so no concurrent change is undone; vectors and the hash of what clients gave stay.
 *
 * It leaves no event: what is known about documents is not a change of them. A trigger that counts updates would fire for
 * the enrichment by its own run, for ever; and two clusters that enrich one collection would fire each other.
 */
export async function enrichUnit(
  deps: Pick<DocumentsDeps, "db" | "clock" | "quotas">,
  collection: Collection,
  wanted: readonly EnrichedFields[],
  record: (tx: Tx, found: ReadonlySet<string>) => Promise<void>,
): Promise<void> {
  const { collectionId, namespaceId, features } = collection;
  await deps.db.transaction(async (tx) => {
    await lockEnabled(tx, collection);
    const rows = await readForEnrichment(
      tx,
      collectionId,
      wanted.map(({ documentId }) => documentId),
    );
    const writes: DocumentWrite[] = [];
    let bytes = 0;
    for (const { documentId, fields } of wanted) {
      const row = rows.get(documentId);
      if (!row) continue;
      const payload = canonicalJson({ ...row.payload, ...fields });
      if (payload === canonicalJson(row.payload)) continue;
      const { vector_ids: vectorIds, content_hash: contentHash, size_bytes: stored } = row;
      const sizeBytes = documentSize(features, payload, vectorIds, undefined);
      writes.push({ documentId, payload, vectorIds, contentHash, sizeBytes });
      bytes += sizeBytes - stored;
    }
    if (writes.length > 0) {
      await spendQuotas(tx, deps.clock, deps.quotas, namespaceId, {
        added: 0,
        updated: writes.length,
        bytes,
      });
      await updateDocuments(tx, deps.clock.now, collectionId, writes);
      await growCollection(tx, collectionId, bytes);
    }
    await record(tx, new Set(rows.keys()));
  });
}
