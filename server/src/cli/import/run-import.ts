import type { Recluster } from "#client/client.ts";
import type { CollectionResponse } from "#contract/collections.ts";
import type { ColumnMapping } from "../../documents/formats/columns/map-columns.ts";
import { notAnId } from "../../documents/formats/columns/id-column.ts";
import { Unreadable } from "../../documents/formats/unreadable.ts";
import type { Clock } from "../../platform/clock.ts";
import { CommandError } from "../explain-failure.ts";
import { showProgress } from "../output/progress.ts";
import { batchParcels } from "./batch-parcels.ts";
import type { BatchImport, ImportSource, PlainDocument } from "./import-source.ts";
import { NO_TOTALS, type ImportTotals } from "./import-totals.ts";
import { lineParcels } from "./line-parcels.ts";
import type { Memory } from "./memory.ts";
import type { Parcel } from "./parcel.ts";
import { plainDocuments, type RefusedRow } from "./plain-documents.ts";
import { featuresOfBatches, featuresOfDocuments, makeCollection } from "./prepare-collection.ts";
import { sendAll } from "./send-all.ts";

export interface ImportRun {
  readonly client: Recluster;
  /** Of the collection, which is made if `known` is null. */
  readonly name: string;
  readonly known: CollectionResponse | null;
  readonly source: ImportSource;
  /** Null: the rows are documents. */
  readonly mapping: ColumnMapping | null;
  readonly memory: Memory;
  readonly strict: boolean;
  readonly batchSize: number | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly say: (text: string) => void;
  /** No progress bar. */
  readonly quiet?: boolean;
  /**
   * Changes documents on their way, such as giving them vectors. They then travel one by one; `row` and `where` must
   * stay what they are, and documents may be left out.
   */
  readonly change?: (documents: AsyncGenerator<PlainDocument>) => AsyncGenerator<PlainDocument>;
  /** What the progress bar says besides. */
  readonly note?: () => string;
}

export interface ImportResult {
  readonly totals: ImportTotals;
  readonly isComplete: boolean;
  /** Rows that an earlier run of the same import had done. */
  readonly resumedFrom: number;
  readonly rows: number;
  readonly elapsedMs: number;
}

/**
 * Imports the source from where an earlier run of the same import stopped. Every acknowledged request is remembered
 * before the next one is sent. Throws what ended it; the same command then goes on there.
 */
export async function runImport(run: ImportRun): Promise<ImportResult> {
  const { source, clock, say, memory, signal } = run;
  const refused: RefusedRow[] = [];
  const { collection, parcels, from, totals } = await begin(run, refused);
  let rows = from;
  const started = clock.monotonicMs();
  const { total, unit } = source.measure;
  // Bytes that are passed over are read all the same, so only rows tell where the bar begins.
  const done = unit === "rows" ? from : 0;
  const bar = run.quiet
    ? null
    : showProgress(`importing ${source.label}`, total, unit, clock.monotonicMs, done);
  try {
    const sent = await sendAll(parcels, {
      client: run.client,
      collection: collection.collection_id,
      strict: run.strict,
      signal,
      say: (text) => say(bar ? `\n${text}` : text),
      totals,
      refused,
      onAcknowledged: async (parcel, so) => {
        rows = parcel.rows;
        await memory.acknowledged(collection, rows, so);
        const count = so.ingested + so.updated + so.unchanged + so.failed;
        const notes = [
          unit === "bytes" ? `${count.toLocaleString("en-US")} documents` : "",
          run.note?.() ?? "",
        ];
        bar?.update(parcel.done, notes.filter((note) => note !== "").join(", "));
      },
    });
    if (sent.isComplete) {
      if (total !== null) bar?.update(total);
      await memory.ended(collection, rows, sent.totals);
    }
    return { ...sent, resumedFrom: from, rows, elapsedMs: clock.monotonicMs() - started };
  } catch (error) {
    if (rows > 0) say(`\n${rows.toLocaleString("en-US")} rows are in; the same command goes on there.`);
    throw error;
  } finally {
    bar?.finish();
  }
}

interface Begun {
  readonly collection: CollectionResponse;
  readonly parcels: AsyncGenerator<Parcel>;
  readonly from: number;
  readonly totals: ImportTotals;
}

/** Finds or makes the collection, and the requests that are left. A collection that is made has no import half done. */
async function begin(run: ImportRun, refused: RefusedRow[]): Promise<Begun> {
  const { source, mapping, known, name, client, batchSize, memory } = run;
  const before = known ? await memory.begin(known) : undefined;
  const from = before?.rows ?? 0;
  const totals = before?.totals ?? NO_TOTALS;
  if (source.kind === "batches" && !run.change) {
    const features = known ? [] : await featuresOfBatches(source, mapping!);
    assertId(source, mapping!);
    const collection = known ?? (await makeCollection(client, name, features));
    const options = { from, ...(batchSize === undefined ? {} : { batchSize }) };
    return { collection, parcels: batchParcels(source, mapping!, options), from, totals };
  }
  const documents = documentsOf(run, from, refused);
  if (known) return { collection: known, parcels: lineParcels(documents, batchSize), from, totals };
  const { features, all } = await featuresOfDocuments(documents, source.label, refused);
  const collection = await makeCollection(client, name, features);
  return { collection, parcels: lineParcels(all, batchSize), from, totals };
}

/** The server would say it too, of a column that travels under another name, once the collection is made. */
function assertId({ columns }: BatchImport, { id }: ColumnMapping): void {
  const column = columns.find(({ name }) => name === id);
  if (column && column.kind !== "id") throw new Unreadable(notAnId(column.name, column.type));
}

function documentsOf(run: ImportRun, from: number, refused: RefusedRow[]): AsyncGenerator<PlainDocument> {
  const { source, mapping, strict, change } = run;
  const documents = plainDocuments(source, mapping, from, (row) => {
    if (strict)
      throw new CommandError(`${row.where}, ${row.message} With --strict nothing of what follows is sent.`);
    refused.push(row);
  });
  return change ? change(withoutText(documents)) : documents;
}

/** What is changed cannot be sent as it came. */
async function* withoutText(documents: AsyncGenerator<PlainDocument>): AsyncGenerator<PlainDocument> {
  for await (const document of documents) yield { ...document, text: undefined };
}
