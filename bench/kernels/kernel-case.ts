/** Row-major; `Int32Array` for labels and the like. A vector has one column. */
export interface BenchArray {
  readonly data: Float32Array | Int32Array;
  readonly rows: number;
  readonly cols: number;
}

/** Products [rows, inner] x [inner, columns], made `times` times. */
export interface ProductShape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly times: number;
}

export type Quality = Readonly<Record<string, number>>;

/** One line of the table. Whoever adds a file to `cases/` that exports `readonly KernelCase[]` adds its cases. */
export interface KernelCase {
  /** Unique, such as "kmeans-k100"; what `--only` looks for. */
  readonly name: string;
  /** What is measured, with its sizes at scale 1, such as "k-means 100k x 384, k = 100, 25 iterations". */
  readonly title: string;
  /** Made once by the parent from seeds, and read by ours and by the reference from the same files. */
  readonly arrays: (scaled: (rows: number) => number) => Readonly<Record<string, BenchArray>>;
  /** What is timed. The function it returns is called after the last run and computes quality, untimed and unweighed. */
  readonly ours: (arrays: Readonly<Record<string, BenchArray>>) => Promise<() => Quality | Promise<Quality>>;
  readonly reference: {
    /** File in `reference/` that calls `bench_case.serve`. */
    readonly script: string;
    readonly parameters: Readonly<Record<string, number | string | boolean | null>>;
    /** Too slow to repeat: its figures come from recorded.json, and `--reference record` measures them again. */
    readonly slow?: true;
  };
  /** The products nobody can do without; their time alone, measured in the same run, is the floor. */
  readonly products?: (arrays: Readonly<Record<string, BenchArray>>) => readonly ProductShape[];
  /** Times ours and the reference run in turn, 3 unless said; the median counts. */
  readonly runs?: number;
}

/** The rows of an array of float32, as the library takes them. */
export function matrixOf(array: BenchArray | undefined): { data: Float32Array; rows: number; cols: number } {
  if (!(array?.data instanceof Float32Array)) throw new TypeError("The case has no such array of float32.");
  return { data: array.data, rows: array.rows, cols: array.cols };
}
