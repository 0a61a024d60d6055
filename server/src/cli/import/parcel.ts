import type { IngestColumns } from "#client/documents.ts";

/** What one request carries. */
export interface Parcel {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly columns?: IngestColumns;
  /** Documents in it. */
  readonly documents: number;
  /** Rows of the source that are done when it is acknowledged, and how much of the source's measure. */
  readonly rows: number;
  readonly done: number;
  /** Where a document of the answer's errors stands. */
  whereOf(index: number): string;
}

/** Characters or bytes of a request, about. */
export const PARCEL_BYTES = 16 * 1024 * 1024;
