import { join } from "node:path";

import type { RunJob } from "../run-result.ts";
import type { DocumentRows } from "./document-rows.ts";
import type { EarlierSide } from "./find-known.ts";
import { readRunSide, type RunSide } from "./run-side.ts";

type EarlierRun = NonNullable<RunJob["earlier"]>[number];

/**
 * The runs before, each read at most once and only when somebody asks: which clusters are theirs and what changed since
 * are read from the same. One whose files are gone or cannot be read is none, and a note says so.
 */
export class EarlierRuns {
  readonly notes: string[] = [];
  readonly #read = new Map<EarlierRun, Promise<RunSide | undefined>>();
  readonly #runs: readonly EarlierRun[];
  readonly #storageFolder: string;
  #isNewestRead = false;
  readonly #rows: () => Pick<DocumentRows, "rowOf"> & { readonly length: number };

  constructor(
    { storageFolder, earlier = [] }: Pick<RunJob, "storageFolder" | "earlier">,
    rows: () => Pick<DocumentRows, "rowOf"> & { readonly length: number },
  ) {
    this.#runs = earlier;
    this.#storageFolder = storageFolder;
    this.#rows = rows;
  }

  get sides(): readonly EarlierSide[] {
    return this.#runs.map((run) => () => this.#sideOf(run));
  }

  /** The newest whose files are there. */
  async newest(): Promise<{ readonly run: EarlierRun; readonly side: RunSide } | undefined> {
    for (const run of this.#runs) {
      const side = await this.#sideOf(run);
      if (side) return { run, side };
    }
    return undefined;
  }

  #sideOf(run: EarlierRun): Promise<RunSide | undefined> {
    const known = this.#read.get(run);
    if (known) return known;
    // Only what changed since the newest that is there needs its map.
    const places = !this.#isNewestRead;
    const side = readRunSide(join(this.#storageFolder, run.artifactPath), this.#rows(), { places }).then(
      (read) => {
        this.#isNewestRead = true;
        return read;
      },
      (error: unknown) => {
        const gone = (error as NodeJS.ErrnoException).code === "ENOENT";
        const why = gone
          ? "are gone"
          : `could not be read (${error instanceof Error ? error.message : String(error)})`;
        this.notes.push(`The artifacts of the run ${run.runId} ${why}; no cluster is compared with its.`);
        return undefined;
      },
    );
    this.#read.set(run, side);
    return side;
  }
}
