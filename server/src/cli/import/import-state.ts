import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ImportTotals } from "./import-totals.ts";

/** How far an import has come: what is in it the server has acknowledged. */
export interface ImportState {
  readonly version: 1;
  /** Of the source's content; another one is another source. */
  readonly identity: string | null;
  readonly collectionId: string;
  /** Rows of the source that are done. */
  readonly rows: number;
  /** Of `--follow`: the last value of its column, and whether all rows up to it are in. */
  readonly cursor?: { readonly last: string; readonly complete: boolean };
  readonly totals: ImportTotals;
}

/**
 * The file in which an import remembers how far it came, named by all that makes it the same import: the server, the
 * collection, the source, what its columns are. Written anew after each request, so a kill loses one request.
 */
export class StateFile {
  readonly path: string;

  constructor(dataFolder: string, import_: readonly unknown[]) {
    const key = createHash("sha256").update(JSON.stringify(import_)).digest("hex").slice(0, 24);
    this.path = join(dataFolder, "imports", `${key}.json`);
  }

  /** What is there; a file that cannot be read is no state, which only costs sending documents again. */
  async read(): Promise<ImportState | undefined> {
    try {
      const state = JSON.parse(await readFile(this.path, "utf8")) as ImportState;
      return (state.version as number) === 1 ? state : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError)
        return undefined;
      throw error;
    }
  }

  async write(state: ImportState): Promise<void> {
    await mkdir(join(this.path, ".."), { recursive: true, mode: 0o700 });
    // A kill leaves the old one or the new one.
    await writeFile(`${this.path}.new`, JSON.stringify(state), { mode: 0o600 });
    await rename(`${this.path}.new`, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
