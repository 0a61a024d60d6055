import { availableParallelism } from "node:os";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { KernelError } from "../kernel-error.ts";
import { distanceModel } from "./onnx-model.ts";

/** More threads would leave a thread too few columns of a wide product, and with that another order of its sums. */
export const MAX_THREADS = 32;

/** Some rows of a row-major matrix: `data` has `rows` times the engine's `cols` values. */
export type Rows = { readonly data: Float32Array; readonly rows: number };

/** Rows to compare with, and the squared length of each. */
export type Targets = Rows & { readonly norms: Float32Array };

/**
 * Distances of blocks of rows by matrix products in ONNX Runtime, in float32.
 *
 * A call runs on the engine's threads but holds the JavaScript thread until it returns; the event loop turns before each
 * call. Inputs and outputs are used in place, nothing is copied. Rows must be at least `MIN_BLOCK_ROWS` (row-blocks.ts
 * says why).
 */
export class DistanceEngine {
  readonly #sessions = new Map<"partial" | "nearest", InferenceSession>();
  readonly #threads: number;
  readonly #cols: number;

  private constructor(cols: number, threads: number) {
    this.#cols = cols;
    this.#threads = threads;
  }

  /** Runs `work` with an engine for rows of `cols` values and frees the engine's memory afterwards. */
  static async use<T>(
    cols: number,
    threads: number | undefined,
    work: (engine: DistanceEngine) => Promise<T>,
  ): Promise<T> {
    const engine = new DistanceEngine(cols, checkThreads(threads));
    try {
      return await work(engine);
    } finally {
      for (const session of engine.#sessions.values()) await session.release();
    }
  }

  /** out [a.rows] = index of the nearest row of b; the lowest at a tie. */
  async nearest(a: Rows, b: Targets, out: Int32Array): Promise<void> {
    await this.#run("nearest", a, b, { index: new Tensor("int32", out, [a.rows]) });
  }

  /** out [a.rows, b.rows] = |b|² - 2 a·b, to which the caller adds |a|². */
  async partial(a: Rows, b: Targets, out: Float32Array): Promise<void> {
    await this.#run("partial", a, b, { partial: new Tensor("float32", out, [a.rows, b.rows]) });
  }

  async #run(
    kind: "partial" | "nearest",
    a: Rows,
    b: Targets,
    outputs: Readonly<Record<string, Tensor>>,
  ): Promise<void> {
    const inputs = {
      a: new Tensor("float32", a.data, [a.rows, this.#cols]),
      b: new Tensor("float32", b.data, [b.rows, this.#cols]),
      norms: new Tensor("float32", b.norms, [b.rows]),
    };
    const session = this.#sessions.get(kind) ?? (await this.#open(kind));
    await session.run(inputs, outputs);
  }

  async #open(kind: "partial" | "nearest"): Promise<InferenceSession> {
    const session = await InferenceSession.create(distanceModel(kind), {
      executionProviders: ["cpu"],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
    });
    this.#sessions.set(kind, session);
    return session;
  }
}

function checkThreads(threads: number | undefined): number {
  if (threads === undefined) return Math.min(availableParallelism(), MAX_THREADS);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new KernelError(
      "bad_parameter",
      `threads is ${threads}; give a whole number from 1, or leave it out for all cores.`,
    );
  }
  return Math.min(threads, MAX_THREADS);
}
