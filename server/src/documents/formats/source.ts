import type { DataType, RecordBatch } from "apache-arrow";

/** A column of the data, as far as it is known before the rows are read. */
export interface SourceColumn {
  readonly name: string;
  /** For people, such as `list<float>`. */
  readonly type: string;
  /** `numbers`: lists of floats, which can be vectors; `whole numbers`: lists of integers, which can be if somebody says so. */
  readonly kind: "numbers" | "whole numbers" | "id" | "other";
  /** Length of every list, where the type says it. */
  readonly dimensions: number | null;
}

/** Rows in columns, batch by batch: Parquet, Arrow, npy. */
export interface ColumnSource {
  readonly kind: "columns";
  readonly columns: readonly SourceColumn[];
  /** Null where only the end tells. */
  readonly rows: number | null;
  /** The rows from `from` (0 is the first) on, in batches of some megabytes that have the columns named, in any order. */
  batches(options: {
    readonly columns: readonly string[];
    readonly from?: number;
  }): AsyncGenerator<RecordBatch>;
}

/** One row or document of a text, as its values. */
export interface SourceRow {
  /** From 1. */
  readonly row: number;
  /** Where it stands, for people: `line 7`. */
  readonly where: string;
  readonly value: unknown;
  /** The JSON text that `value` was read from. */
  readonly text?: string;
}

export type ArrowType = DataType;
