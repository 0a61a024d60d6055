import type { CentredRows } from "../engine/centred-rows.ts";
import type { GraphRunner } from "../engine/graph-runner.ts";
import { blockStarts } from "../engine/row-blocks.ts";
import type { Components, Precisions } from "./components.ts";
import { DistanceBlocks } from "./distance-blocks.ts";

/** What a stage does between two blocks: report how far it is (0 to 1) and throw if the caller canceled. */
export type Checkpoint = (fraction: number) => void;

/**
 * Rows of a block: the same for any caller, as sums of float32 products depend on it. With 1,024 of 64 columns as much time
 * went into starting products as into them.
 */
export const BLOCK_ROWS = 4096;

/** A component this much less likely than the best (e^-45, 3e-20) counts for nothing beside it in float64. */
const NOTHING = 45;

/** What a row gets: written at its place. */
export type Expected = {
  /** ln of the density of each row, float64 [rows] */
  readonly logLikelihood: Float64Array;
  /** The likeliest component, the lowest at a tie, int32 [rows] */
  readonly labels: Int32Array;
  /** float32 [paddedRows, k]; rows after the last stay 0 */
  readonly responsibilities: Float32Array;
};

/**
 * The expectation step: densities and responsibilities of all rows, by log-sum-exp in float64; of diagonal components, where
 * that took longer than the products do, in float32 for rows whose distances are sure.
 */
export async function expect(
  runner: GraphRunner,
  x: CentredRows,
  components: Components,
  precisions: Precisions,
  out: Expected,
  checkpoint: Checkpoint,
): Promise<void> {
  const step = Math.min(BLOCK_ROWS, x.paddedRows);
  const k = components.weights.length;
  const distances = new DistanceBlocks(components, precisions, step);
  const row = new RowDensities(distances, precisions);
  const { responsibilities } = out;
  for (const start of blockStarts(x.paddedRows, step)) {
    checkpoint(start / x.paddedRows);
    const data = x.data.subarray(start * x.cols, (start + step) * x.cols);
    await distances.multiply(runner, data, step, responsibilities.subarray(start * k, (start + step) * k));
    const end = Math.min(x.rows, start + step);
    for (let i = start; i < end; i++) row.write(x, i, i - start, out);
  }
  responsibilities.fill(0, x.rows * k);
}

class RowDensities {
  readonly #distances: DistanceBlocks;
  readonly #heights: Float64Array;
  readonly #logs: Float64Array;

  constructor(distances: DistanceBlocks, { logHeights }: Precisions) {
    this.#distances = distances;
    this.#heights = logHeights;
    this.#logs = new Float64Array(logHeights.length);
  }

  write(x: CentredRows, row: number, inBlock: number, out: Expected): void {
    const heights = this.#heights;
    const logs = this.#logs;
    const k = heights.length;
    const { values, rowStride, componentStride, doubtful, givesResponsibilities } = this.#distances;
    let most = -Infinity;
    let best = 0;
    let doubt = false;
    for (let j = 0, at = inBlock * rowStride; j < k; j++, at += componentStride) {
      const distance = values[at]!;
      const log = heights[j]! - distance / 2;
      logs[j] = log;
      if (!(distance <= doubtful[j]!)) doubt = true;
      if (log > most) {
        most = log;
        best = j;
      }
    }
    const { responsibilities } = out;
    if (!doubt && givesResponsibilities) {
      out.labels[row] = best;
      out.logLikelihood[row] = most - Math.log(responsibilities[row * k + best]!);
      return;
    }
    if (doubt) {
      this.#decide(x, row, inBlock);
      best = 0;
      for (let j = 1; j < k; j++) if (logs[j]! > logs[best]!) best = j;
      most = logs[best]!;
    }
    let sum = 0;
    for (let j = 0; j < k; j++) {
      const below = logs[j]! - most;
      sum += logs[j] = below < -NOTHING ? 0 : Math.exp(below);
    }
    out.labels[row] = best;
    out.logLikelihood[row] = most + Math.log(sum);
    for (let j = 0, at = row * k; j < k; j++) responsibilities[at + j] = logs[j]! / sum;
  }

  /** Again in float64 where the product may be too wrong and the component may count. */
  #decide(x: CentredRows, row: number, inBlock: number): void {
    const distances = this.#distances;
    const { values, rowStride, componentStride, doubtful } = distances;
    const logs = this.#logs;
    const valueOf = (j: number): number => values[inBlock * rowStride + j * componentStride]!;
    let sure = -Infinity;
    for (let j = 0; j < logs.length; j++) {
      sure = Math.max(sure, logs[j]! - distances.error(valueOf(j), j));
    }
    for (let j = 0; j < logs.length; j++) {
      const distance = valueOf(j);
      if (distance <= doubtful[j]!) continue;
      if (logs[j]! + distances.error(distance, j) < sure - NOTHING) continue;
      logs[j] = this.#heights[j]! - distances.exact(x, row, j) / 2;
    }
  }
}
