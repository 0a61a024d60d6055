import type { CentredRows } from "../engine/centred-rows.ts";
import type { GraphRunner } from "../engine/graph-runner.ts";
import { KernelError } from "../kernel-error.ts";
import { kmeans } from "../kmeans/kmeans.ts";
import { invertPositive } from "../linear/cholesky.ts";
import type { Matrix } from "../matrix.ts";
import type { Components } from "./components.ts";
import type { Checkpoint } from "./expect.ts";
import { maximize } from "./maximize.ts";
import type { CheckedOptions, GaussianMixtureOptions } from "./options.ts";
import { toCentred } from "./units.ts";

/**
 * Components in the units of the centred rows: those given and, where one of the three is not, those of k-means clusters
 * taken as certain (scikit-learn, BaseMixture._initialize_parameters).
 */
export async function startingComponents(
  runner: GraphRunner,
  input: Matrix,
  x: CentredRows,
  checked: CheckedOptions,
  run: number,
  options: Pick<GaussianMixtureOptions, "threads" | "signal">,
  checkpoint: Checkpoint,
): Promise<Components> {
  const { nComponents: k, covarianceType: type, regCovar, start, seed } = checked;
  const { means, weights, precisions } = start;
  const given: Partial<Pick<Components, "means" | "covariances">> = toCentred(
    {
      type,
      cols: x.cols,
      weights: new Float64Array(k),
      means: Float64Array.from(means?.data ?? []),
      covariances: precisions === undefined ? new Float64Array(0) : inverted(precisions, k, x.cols, type),
    },
    x,
  );
  const estimated =
    means !== undefined && weights !== undefined && precisions !== undefined
      ? undefined
      : await fromClusters(runner, input, x, k, { type, regCovar, seed, run }, options, checkpoint);
  return {
    type,
    cols: x.cols,
    weights: weights === undefined ? estimated!.weights : Float64Array.from(weights),
    means: means === undefined ? estimated!.means : given.means!,
    covariances: precisions === undefined ? estimated!.covariances : given.covariances!,
  };
}

async function fromClusters(
  runner: GraphRunner,
  input: Matrix,
  x: CentredRows,
  k: number,
  {
    type,
    regCovar,
    seed,
    run,
  }: Pick<CheckedOptions, "regCovar" | "seed"> & { type: Components["type"]; run: number },
  options: Pick<GaussianMixtureOptions, "threads" | "signal">,
  checkpoint: Checkpoint,
): Promise<Components> {
  const { labels } = await kmeans(input, {
    nClusters: k,
    // Each run has a k-means of its own.
    seed: (seed + run) % Number.MAX_SAFE_INTEGER,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: (fraction) => checkpoint(0.9 * fraction),
  });
  const certain = new Float32Array(x.paddedRows * k);
  for (let i = 0; i < x.rows; i++) certain[i * k + labels[i]!] = 1;
  return maximize(runner, x, certain, type, regCovar * x.scale ** 2, (f) => checkpoint(0.9 + 0.1 * f));
}

function inverted(
  precisions: ArrayLike<number>,
  k: number,
  cols: number,
  type: Components["type"],
): Float64Array {
  const values = Float64Array.from(precisions);
  if (type === "diag") {
    if (!values.every((value) => value > 0 && value < Infinity)) throw notPositive();
    return values.map((value) => 1 / value);
  }
  const out = new Float64Array(values.length);
  for (let j = 0; j < k; j++) {
    const inverse = invertPositive(values.subarray(j * cols * cols, (j + 1) * cols * cols), cols);
    if (inverse === undefined) throw notPositive();
    out.set(inverse, j * cols * cols);
  }
  return out;
}

function notPositive(): KernelError {
  return new KernelError("bad_parameter", "init.precisions must be symmetric and positive definite.");
}
