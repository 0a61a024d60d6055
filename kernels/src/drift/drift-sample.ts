import { KernelError } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";

/** Rows of one snapshot; `documents` numbers each row's document, the same number for the same document in both samples. */
export type DriftSample = { readonly vectors: Matrix; readonly documents: Int32Array };

export type DriftOptions = {
  /** Integer from 0, of the permutations. The same seed and samples give the same bytes. Default 0. */
  readonly seed?: number;
  /** Threads of the products, at most 32; no influence on the result. Default: all cores. */
  readonly threads?: number;
  /** Looked at between blocks; rejects with `canceled`. */
  readonly signal?: AbortSignal;
};

/** A spread, and a difference, needs two. */
const FEWEST_DOCUMENTS = 2;

/** @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector` */
export function checkSamples(baseline: DriftSample, current: DriftSample): void {
  for (const [name, sample] of [["baseline", baseline] as const, ["current", current] as const]) {
    checkSample(name, sample);
  }
  if (baseline.vectors.cols !== current.vectors.cols) {
    throw new KernelError(
      "shape_mismatch",
      `baseline has vectors of ${baseline.vectors.cols} dimensions, current of ${current.vectors.cols}; ` +
        "only vectors of the same feature and model can be compared.",
    );
  }
}

function checkSample(name: string, { vectors, documents }: DriftSample): void {
  checkMatrix(vectors, `${name}.vectors`);
  const { data, rows, cols } = vectors;
  if (documents.length !== rows) {
    throw new KernelError(
      "shape_mismatch",
      `${name}.documents has ${documents.length} numbers for ${rows} rows of ${name}.vectors; give one a row.`,
    );
  }
  const count = new Set(documents).size;
  if (count < FEWEST_DOCUMENTS) {
    throw new KernelError(
      "too_few_points",
      `${name} has ${count} document; drift needs at least ${FEWEST_DOCUMENTS} in each sample, and some hundreds to be noticed.`,
    );
  }
  for (let i = 0; i < rows; i++) {
    if (data.subarray(i * cols, (i + 1) * cols).every((value) => value === 0)) {
      throw new KernelError(
        "zero_vector",
        `Row ${i} of ${name}.vectors is all zeros and has no direction; leave it out or give it a value.`,
      );
    }
  }
}
