import type { CollectionResponse } from "#contract/collections.ts";
import type { ImportState, StateFile } from "./import-state.ts";
import type { ImportTotals } from "./import-totals.ts";

/** Faults kept for the summary of an import that goes on later. */
const KEPT_FAULTS = 100;

/** What an import remembers of itself from one run to the next. */
export interface Memory {
  /** Where an earlier run stopped; undefined to begin at the first row. */
  begin(collection: CollectionResponse): Promise<Pick<ImportState, "rows" | "totals"> | undefined>;
  acknowledged(collection: CollectionResponse, rows: number, totals: ImportTotals): Promise<void>;
  ended(collection: CollectionResponse, rows: number, totals: ImportTotals): Promise<void>;
}

interface FileImport {
  readonly label: string;
  readonly identity: string | null;
  readonly restart: boolean;
  readonly say: (text: string) => void;
}

/** Remembers the rows of a file that are done, until all are. */
export function fileMemory(state: StateFile, { label, identity, restart, say }: FileImport): Memory {
  return {
    begin: async (collection) => {
      const before = restart ? undefined : await state.read();
      if (!before) return undefined;
      if (before.collectionId !== collection.collection_id) {
        say("The collection was made anew since this import stopped; it begins at the first row.");
        return undefined;
      }
      if (before.identity !== identity) {
        say(`${label} has changed since this import stopped; it begins at the first row.`);
        return undefined;
      }
      const rows = before.rows.toLocaleString("en-US");
      say(`Goes on after row ${rows}, where this import stopped; --restart begins at the first.`);
      return before;
    },
    acknowledged: ({ collection_id: collectionId }, rows, totals) =>
      state.write({ version: 1, identity, collectionId, rows, totals: short(totals) }),
    ended: () => state.remove(),
  };
}

/** The totals with fewer faults, to be written after every request. */
export function short(totals: ImportTotals): ImportTotals {
  return { ...totals, faults: totals.faults.slice(0, KEPT_FAULTS) };
}

/** For what cannot go on half way. */
export const noMemory: Memory = {
  begin: () => Promise.resolve(undefined),
  acknowledged: () => Promise.resolve(),
  ended: () => Promise.resolve(),
};
