import { type InferenceSession, Tensor } from "./runtime.ts";
import { leastOfGroupsModel } from "./least-of-groups-model.ts";
import { distanceModel } from "./onnx-model.ts";
import { checkThreads, openSession } from "./open-session.ts";

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
  readonly #sessions = new Map<Kind, InferenceSession>();
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

  /**
   * `partial` as above and, for each row of a and each `size` rows of b in turn, the least of it: `least`
   * [a.rows, b.rows / size]. `size` divides b.rows.
   */
  async leastOfGroups(
    a: Rows,
    b: Targets,
    size: number,
    partial: Float32Array,
    least: Float32Array,
  ): Promise<void> {
    await this.#run(
      "leastOfGroups",
      a,
      b,
      {
        partial: new Tensor("float32", partial, [a.rows, b.rows]),
        least: new Tensor("float32", least, [least.length]),
      },
      { groups: new Tensor("int64", BigInt64Array.of(-1n, BigInt(size)), [2]) },
    );
  }

  async #run(
    kind: Kind,
    a: Rows,
    b: Targets,
    outputs: Readonly<Record<string, Tensor>>,
    more: Readonly<Record<string, Tensor>> = {},
  ): Promise<void> {
    const inputs = {
      a: new Tensor("float32", a.data, [a.rows, this.#cols]),
      b: new Tensor("float32", b.data, [b.rows, this.#cols]),
      norms: new Tensor("float32", b.norms, [b.rows]),
      ...more,
    };
    const session = this.#sessions.get(kind) ?? (await this.#open(kind));
    await session.run(inputs, outputs);
  }

  async #open(kind: Kind): Promise<InferenceSession> {
    const model = kind === "leastOfGroups" ? leastOfGroupsModel() : distanceModel(kind);
    const session = await openSession(model, this.#threads);
    this.#sessions.set(kind, session);
    return session;
  }
}

type Kind = "partial" | "nearest" | "leastOfGroups";
