import { sql as fragment } from "kysely";

import { drawRows } from "#kernels/index.ts";
import type { Database } from "../../db/database.ts";
import type { DrawnNumbers } from "../../platform/drawn-numbers.ts";
import type { CurrentDocuments, CurrentSource } from "./current-documents.ts";
import { columnsOf, type DrawnDocument, lookInOrder, type LookedAt, toDrawn } from "./documents-in-order.ts";

export interface Drawn {
  readonly documents: readonly DrawnDocument[];
  /** Wanted documents that these were drawn from: exact, or told by the share of wanted ones among those looked at. */
  readonly of: number;
  readonly isExact: boolean;
}

/** Documents looked up in one statement. */
const LOOKED_UP_AT_ONCE = 5_000;
/** Read in order in one statement. */
const READ_AT_ONCE = 10_000;
/** Below as many times the size of the sample all documents are read: looking up takes as long. */
const FEW = 4;
/** Where fewer ordinals than one in so many are a document's, they are not guessed. */
const SPARSEST = 50;

/**
 * A uniform sample, without replacement, of up to `size` of the wanted documents. Ordinals are guessed evenly between a
 * collection's first and last, and those that are no document's are thrown away: each document is as likely as any other,
 * and only as many are read as are drawn. Those that the filter does not want are thrown away likewise. Where that would
 * look up more than there is (few documents, a filter that wants few, ordinals that are mostly others'), all are read in order.
 */
export async function drawDocuments(
  db: Database,
  current: CurrentDocuments,
  size: number,
  numbers: DrawnNumbers,
  signal?: AbortSignal,
): Promise<Drawn> {
  const all = current.sources.reduce((sum, { documentCount }) => sum + documentCount, 0);
  if (all > FEW * size) {
    const drawn = await new Guessing(db, current, all, numbers, signal).draw(size);
    if (drawn) return drawn;
  }
  return drawFromAll(db, current, size, numbers, signal);
}

async function drawFromAll(
  db: Database,
  { sources, filter }: CurrentDocuments,
  size: number,
  numbers: DrawnNumbers,
  signal?: AbortSignal,
): Promise<Drawn> {
  const found: DrawnDocument[] = [];
  for (const source of sources) {
    for (let after = -1; ;) {
      signal?.throwIfAborted();
      const rows = await lookInOrder(db, source, filter, after, READ_AT_ONCE);
      for (const row of rows) if (row.wanted) found.push(toDrawn(source, row));
      if (rows.length < READ_AT_ONCE) break;
      after = rows.at(-1)!.ordinal;
    }
  }
  const chosen = drawRows(Math.min(size, found.length), found.length, numbers.below(2 ** 48));
  return { documents: Array.from(chosen, (at) => found[at]!), of: found.length, isExact: true };
}

class Guessing {
  readonly #db: Database;
  readonly #current: CurrentDocuments;
  readonly #all: number;
  readonly #numbers: DrawnNumbers;
  readonly #signal: AbortSignal | undefined;
  /** Ordinals are one sequence for all collections. */
  readonly #seen = new Set<number>();
  #documents: DrawnDocument[] = [];
  #looked = 0;

  constructor(
    db: Database,
    current: CurrentDocuments,
    all: number,
    numbers: DrawnNumbers,
    signal: AbortSignal | undefined,
  ) {
    this.#db = db;
    this.#current = current;
    this.#all = all;
    this.#numbers = numbers;
    this.#signal = signal;
  }

  /** Undefined where reading all is the shorter way. */
  async draw(size: number): Promise<Drawn | undefined> {
    const sources = this.#current.sources.filter(({ documentCount }) => documentCount > 0);
    const ranges = [];
    for (const source of sources) ranges.push(await this.#rangeOf(source));
    if (ranges.some(({ source, first, last }) => last - first + 1 > SPARSEST * source.documentCount)) return undefined;
    while (this.#documents.length < size) {
      const share = this.#looked === 0 ? 1 : Math.max(this.#documents.length, 0.5) / this.#looked;
      const needed = Math.ceil(((size - this.#documents.length) / share) * 1.05) + 20;
      // More than a quarter of all would be looked up one by one, most of them more than once.
      if (this.#looked + needed > this.#all / FEW) return undefined;
      await this.#look(ranges, Math.min(needed, LOOKED_UP_AT_ONCE));
    }
    const share = this.#documents.length / this.#looked;
    const { filter } = this.#current;
    const withVectors = this.#current.sources.reduce((sum, source) => sum + source.withVectors, 0);
    // They stand collection by collection: the first of them would leave out the last collection's.
    const chosen = drawRows(size, this.#documents.length, this.#numbers.below(2 ** 48));
    return {
      documents: Array.from(chosen, (at) => this.#documents[at]!),
      of: filter === null ? withVectors : Math.round(this.#all * share),
      isExact: filter === null,
    };
  } // prettier-ignore

  async #rangeOf(source: CurrentSource): Promise<Range> {
    const end = (order: "asc" | "desc") => fragment`(
      select ordinal from documents where collection_id = ${source.collectionId}
      order by ordinal ${fragment.raw(order)} limit 1)`;
    const { rows } = await fragment<{ first: number | null; last: number | null }>`
      select ${end("asc")} as first, ${end("desc")} as last`.execute(this.#db.sql);
    return { source, first: rows[0]!.first ?? 0, last: rows[0]!.last ?? -1 };
  }

  /** Looks at `count` documents that any of the collections may have, each as likely as any other. */
  async #look(ranges: readonly Range[], count: number): Promise<void> {
    const wanted = new Map<Range, number>();
    for (let i = 0; i < count; i++) {
      const range = this.#pick(ranges);
      wanted.set(range, (wanted.get(range) ?? 0) + 1);
    }
    for (const [range, hits] of wanted) await this.#hit(range, hits);
  }

  #pick(ranges: readonly Range[]): Range {
    let left = this.#numbers.below(this.#all);
    for (const range of ranges) {
      left -= range.source.documentCount;
      if (left < 0) return range;
    }
    return ranges.at(-1)!;
  }

  /** Guesses until `hits` documents of a collection were met; one that was met before is met in vain. */
  async #hit({ source, first, last }: Range, hits: number): Promise<void> {
    const density = source.documentCount / (last - first + 1);
    for (let left = hits; left > 0;) {
      this.#signal?.throwIfAborted();
      const guesses = Math.min(LOOKED_UP_AT_ONCE * 4, Math.ceil(left / density) + 10);
      const ordinals = Array.from({ length: guesses }, () => first + this.#numbers.below(last - first + 1));
      const found = new Map(
        (await lookUp(this.#db, source, this.#current.filter, [...new Set(ordinals)])).map((row) => [
          row.ordinal,
          row,
        ]),
      );
      if (found.size === 0) left -= 1;
      // In the order of the guesses, so that which of them count does not depend on where they lie.
      for (const ordinal of ordinals) {
        const row = found.get(ordinal);
        if (!row || left === 0) continue;
        left--;
        if (this.#seen.has(ordinal)) continue;
        this.#seen.add(ordinal);
        this.#looked++;
        if (row.wanted) this.#documents.push(toDrawn(source, row));
      }
    }
  }
}

interface Range {
  readonly source: CurrentSource;
  readonly first: number;
  readonly last: number;
}

async function lookUp(
  db: Database,
  source: CurrentSource,
  filter: CurrentDocuments["filter"],
  ordinals: readonly number[],
): Promise<readonly LookedAt[]> {
  const { rows } = await fragment<LookedAt>`
    select ${columnsOf(source, filter)}
      where collection_id = ${source.collectionId} and ordinal = any(${ordinals}::bigint[])) as documents`.execute(
    db.sql,
  );
  return rows;
}
