import type { IngestResponse } from "#contract/documents.ts";
import type { Parcel } from "./parcel.ts";
import type { RefusedRow } from "./plain-documents.ts";

/** A document or row that was refused. */
export interface ImportFault {
  readonly where: string;
  readonly document_id: string | null;
  readonly message: string;
}

export interface ImportTotals {
  readonly ingested: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  /** The first ones. */
  readonly faults: readonly ImportFault[];
}

export const NO_TOTALS: ImportTotals = { ingested: 0, updated: 0, unchanged: 0, failed: 0, faults: [] };

const MOST_FAULTS = 1_000;

/** The totals with what a request's answer adds. */
export function withAnswer(totals: ImportTotals, answer: IngestResponse, parcel: Parcel): ImportTotals {
  const faults = answer.errors.map(({ index, document_id, message }) => ({
    where: parcel.whereOf(index),
    document_id,
    // Rows are counted from the request's first there, from the source's here.
    message: message.replace(/^Row \d+( \([^)]*\))?[,:] /, ""),
  }));
  return {
    ingested: totals.ingested + answer.ingested,
    updated: totals.updated + answer.updated,
    unchanged: totals.unchanged + answer.unchanged,
    failed: totals.failed + answer.failed,
    faults: [...totals.faults, ...faults].slice(0, MOST_FAULTS),
  };
}

export function withRefused(totals: ImportTotals, rows: readonly RefusedRow[]): ImportTotals {
  if (rows.length === 0) return totals;
  const faults = rows.map(({ where, message }) => ({ where, document_id: null, message }));
  return {
    ...totals,
    failed: totals.failed + rows.length,
    faults: [...totals.faults, ...faults].slice(0, MOST_FAULTS),
  };
}
