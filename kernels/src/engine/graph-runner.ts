import { type InferenceSession, Tensor } from "./runtime.ts";
import { FLOAT, modelOf, value } from "./onnx-model.ts";
import { checkThreads, openSession } from "./open-session.ts";
import { type Field, message, text } from "./protobuf.ts";

/** float32 with its shape; data are used in place, nothing is copied. */
export type Block = readonly [data: Float32Array, ...shape: number[]];

/** Nodes from float32 inputs to float32 outputs, all of them named; `shape` lists a name for each side. */
export type Graph = {
  readonly name: string;
  readonly nodes: readonly Field[];
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, readonly string[]>>;
};

/** Below so many rows of a product, a thread could be left with a single one, which takes another routine. */
const FEW_ROWS = 64;

/** Runs small graphs of products in ONNX Runtime, each in a session that is opened when it is first needed. */
export class GraphRunner {
  readonly #sessions = new Map<string, InferenceSession>();
  readonly #threads: number;

  private constructor(threads: number) {
    this.#threads = threads;
  }

  /** Runs `work` with a runner and frees its memory afterwards. */
  static async use<T>(threads: number | undefined, work: (runner: GraphRunner) => Promise<T>): Promise<T> {
    const runner = new GraphRunner(checkThreads(threads));
    try {
      return await work(runner);
    } finally {
      for (const session of runner.#sessions.values()) await session.release();
    }
  }

  /**
   * @param productRows rows of the smallest product's result: with few of them one thread does it all, so that the bits
   *   are those of one thread for any number of them
   */
  async run(
    graph: Graph,
    inputs: Readonly<Record<string, Block>>,
    outputs: Readonly<Record<string, Block>>,
    productRows: number,
  ): Promise<void> {
    const threads = productRows < FEW_ROWS ? 1 : this.#threads;
    const key = `${graph.name} ${threads}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = await openSession(modelFrom(graph), threads);
      this.#sessions.set(key, session);
    }
    await session.run(tensors(inputs), tensors(outputs));
  }
}

function tensors(blocks: Readonly<Record<string, Block>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(blocks).map(([name, [data, ...shape]]) => [name, new Tensor("float32", data, shape)]),
  );
}

function modelFrom({ name, nodes, inputs, outputs }: Graph): Uint8Array {
  const inputValues = Object.entries(inputs).map(([input, shape]) => value(11, input, FLOAT, shape)); // GraphProto.input
  const outputValues = Object.entries(outputs).map(([output, shape]) => value(12, output, FLOAT, shape)); // GraphProto.output
  return modelOf(message(7, ...nodes, text(2, name), ...inputValues, ...outputValues)); // ModelProto.graph, GraphProto.name
}
