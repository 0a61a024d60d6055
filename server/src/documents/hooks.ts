import type { Tx } from "../db/database.ts";

/** One committed write, as the collection's event log records it. */
export interface DocumentsCommitted {
  readonly collectionId: string;
  readonly seq: number;
  readonly committedAt: Date;
  readonly added: number;
  readonly updated: number;
  /** 1 if this write finished an ingest request. */
  readonly batches: number;
}

/**
 * Called inside the transaction that commits documents, after the event's row is written and while the collection's
 * row is locked; main.ts connects the triggers to it.
 */
export type OnDocumentsCommitted = (tx: Tx, event: DocumentsCommitted) => Promise<void>;

/** Called inside the transaction that deletes a collection, while its row is locked: its documents count no more. */
export type OnCollectionDeleting = (tx: Tx, collectionId: string) => Promise<void>;
