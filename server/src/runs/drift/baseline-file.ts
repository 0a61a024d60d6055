import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";

import {
  Field,
  FixedSizeList,
  Float32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";

import type { Feature } from "#contract/collections.ts";
import type { Matrix } from "#kernels/index.ts";

/** A uniform sample of the documents a run has read, with their vectors as they were read. */
export interface Baseline {
  /** Documents of the run, of which these are a sample. */
  readonly documents: number;
  /** By which features; none if the run grouped by attributes. */
  readonly features: readonly Feature[];
  readonly documentIds: readonly string[];
  readonly collectionIds: readonly string[];
  /** For each of the features [documents drawn, dimensions]. */
  readonly vectors: readonly Matrix[];
}

/** Beside the run's other artifacts: Arrow IPC, a column of vectors for each feature, the figures in the metadata. */
const FILE = "baseline.arrow";
const META = "recluster";

/** Waits until the file is on disk. */
export async function writeBaseline(folder: string, baseline: Baseline): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, FILE), "w");
  try {
    await file.writeFile(tableToIPC(tableOf(baseline), "file"));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What the run with these artifacts has left; undefined if it left none, as runs of older versions did. */
export async function readBaseline(folder: string): Promise<Baseline | undefined> {
  let table: Table;
  try {
    table = tableFromIPC(await readFile(join(folder, FILE)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
  const meta = JSON.parse(table.schema.metadata.get(META)!) as Pick<Baseline, "documents" | "features">;
  const texts = (column: string) => [...(table.getChild(column) ?? [])] as string[];
  return {
    ...meta,
    documentIds: texts("document_id"),
    collectionIds: texts("collection_id"),
    vectors: meta.features.map(({ dimensions: cols }, feature) => {
      const numbers = table.getChild(`vector_${feature}`)!.data[0]?.children[0]!.values as Float32Array;
      return { data: numbers.subarray(0, table.numRows * cols), rows: table.numRows, cols };
    }),
  };
}

function tableOf({ documents, features, documentIds, collectionIds, vectors }: Baseline): Table {
  const list = (length: number) => new FixedSizeList(length, new Field("item", new Float32(), true));
  const schema = new Schema(
    [
      new Field("document_id", new Utf8(), false),
      new Field("collection_id", new Utf8(), false),
      ...features.map(({ dimensions }, feature) => new Field(`vector_${feature}`, list(dimensions), false)),
    ],
    new Map([[META, JSON.stringify({ documents, features })]]),
  );
  const length = documentIds.length;
  const columns = vectors.map(({ data, cols }) => {
    const child = makeData({ type: new Float32(), length: data.length, data });
    return makeData({ type: list(cols), length, nullCount: 0, child });
  });
  const strings = (values: readonly string[]) => vectorFromArray(values, new Utf8()).data[0]!;
  const children = [strings(documentIds), strings(collectionIds), ...columns];
  const rows = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, rows)]);
}
