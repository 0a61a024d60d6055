import {
  Field,
  FixedSizeList,
  Float32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
} from "apache-arrow";

/** Columns of a vector table: `vector_id` int64, `vector` a fixed-size list of float32. */
export function vectorSchema(dimensions: number): Schema {
  return new Schema([
    new Field("vector_id", new Int64(), false),
    new Field("vector", new FixedSizeList(dimensions, new Field("item", new Float32(), true)), false),
  ]);
}

/** The table over the given memory, not copied. `ids` has n, `vectors` n * dimensions elements, row by row. */
export function vectorTable(dimensions: number, ids: BigInt64Array, vectors: Float32Array): Table {
  const schema = vectorSchema(dimensions);
  const [idField, vectorField] = schema.fields;
  const numbers = makeData({ type: new Float32(), length: vectors.length, data: vectors });
  const lists = makeData({
    type: vectorField!.type as FixedSizeList<Float32>,
    length: ids.length,
    nullCount: 0,
    child: numbers,
  });
  const rows = makeData({
    type: new Struct(schema.fields),
    length: ids.length,
    nullCount: 0,
    children: [makeData({ type: idField!.type as Int64, length: ids.length, data: ids }), lists],
  });
  return new Table(schema, [new RecordBatch(schema, rows)]);
}

/** Ids and numbers of a batch with the columns above; views, not copies. */
export function vectorsOf(
  batch: RecordBatch,
  dimensions: number,
): { ids: BigInt64Array; vectors: Float32Array } {
  const ids = batch.getChild("vector_id")!.data[0]!;
  const lists = batch.getChild("vector")!.data[0]!;
  const numbers = lists.children[0]!;
  const from = lists.offset * dimensions;
  return {
    ids: (ids.values as BigInt64Array).subarray(0, batch.numRows),
    vectors: (numbers.values as Float32Array).subarray(from, from + batch.numRows * dimensions),
  };
}

/** Rows a read takes at once: about 16 MiB of numbers. */
export function rowsAtOnce(dimensions: number): number {
  return Math.max(1, Math.min(16_384, Math.floor((16 * 1024 * 1024) / (4 * dimensions))));
}
