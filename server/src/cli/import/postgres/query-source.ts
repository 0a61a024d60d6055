import { columnsOfRows, SAMPLE_ROWS } from "../../../documents/formats/columns/row-columns.ts";
import { firstOf } from "../../../documents/formats/first-rows.ts";
import type { SourceColumn } from "../../../documents/formats/source.ts";
import type { RowImport } from "../import-source.ts";
import type { OpenQuery, QueryRow } from "./open-query.ts";
import { isBinary, kindOf } from "./row-values.ts";

export interface QuerySource extends RowImport {
  /** The value of the followed column in a row that has been read. */
  cursorAt(row: number): string | null;
  /** Values before this row are not needed any more. */
  forgetBefore(row: number): void;
}

/** An open query as rows to import. Its rows are read once. */
export async function querySource(query: OpenQuery, label: string): Promise<QuerySource> {
  const { first, all } = await firstOf(query.rows(), SAMPLE_ROWS);
  const cursors = new Map<number, string | null>();
  async function* watched(): AsyncGenerator<QueryRow> {
    for await (const row of all) {
      cursors.set(row.row, row.cursor);
      yield row;
    }
  }
  const rows = watched();
  return {
    kind: "rows",
    label,
    identity: null,
    measure: { total: null, unit: "rows" },
    columns: columnsOf(query, first),
    rows: () => rows,
    cursorAt: (row) => cursors.get(row) ?? null,
    forgetBefore: (row) => {
      for (const key of cursors.keys()) {
        if (key >= row) break;
        cursors.delete(key);
      }
    },
    close: () => query.close(),
  };
}

function columnsOf({ fields }: OpenQuery, first: readonly QueryRow[]): SourceColumn[] {
  const empty = Object.fromEntries(fields.map(({ name }) => [name, null]));
  const told = columnsOfRows([empty, ...first.map(({ value }) => value as Record<string, unknown>)]);
  return fields.map((field) => {
    const column = told.find(({ name }) => name === field.name)!;
    if (isBinary(field)) return { ...column, kind: "other", type: "binary (bytea)" };
    return { ...column, kind: kindOf(field) ?? column.kind, type: field.typeName };
  });
}
