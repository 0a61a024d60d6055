import { join } from "node:path";

import { InferenceSession, Tensor } from "#kernels/engine/runtime.ts";

import { CommandError } from "../../explain-failure.ts";
import type { ModelFiles } from "./find-model.ts";
import { listFiles } from "./find-model.ts";

/** What a batch came out as: a vector for each token [rows, tokens, width], or for each text [rows, width]. */
export interface GraphOutput {
  readonly of: "tokens" | "texts";
  readonly data: ArrayLike<number>;
  readonly width: number;
}

/** Inputs that can be made of token ids alone, by what they hold for token `position` of a text. */
const INPUTS: Readonly<Record<string, (position: number, id: number, own: boolean) => number>> = {
  input_ids: (_, id) => id,
  attention_mask: (_position, _id, own) => (own ? 1 : 0),
  token_type_ids: () => 0,
  position_ids: (position) => position,
};

/** Outputs known by name, best first: a vector a text with every part of the model in it, else one a token. */
const OUTPUTS = ["sentence_embedding", "last_hidden_state", "token_embeddings"];

/** An ONNX graph of a text model, on the runtime the clusterings use. */
export class TextGraph {
  readonly #session: InferenceSession;
  readonly #inputs: readonly { name: string; type: "int64" | "int32" }[];
  readonly #output: string;

  private constructor(session: InferenceSession) {
    this.#session = session;
    this.#inputs = session.inputMetadata.map((input) => {
      if (!Object.hasOwn(INPUTS, input.name) || !input.isTensor || !isWholeNumbers(input.type)) {
        throw new CommandError(
          `--embed: the graph asks for an input '${input.name}', which is not made of text. Expected a graph for feature extraction, with inputs of ${Object.keys(INPUTS).join(", ")}; this one has ${session.inputNames.join(", ")}.`,
        );
      }
      return { name: input.name, type: input.type };
    });
    const output = OUTPUTS.find((name) => session.outputNames.includes(name));
    if (output === undefined) {
      throw new CommandError(
        `--embed: the graph has no output ${OUTPUTS.join(", ")}, but ${session.outputNames.join(", ")}. Export it for feature extraction.`,
      );
    }
    this.#output = output;
  }

  /** Throws CommandError when the runtime cannot read the graph, for example because its external data is not there. */
  static async open({ folder, model }: ModelFiles): Promise<TextGraph> {
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(model, {
        executionProviders: ["cpu"],
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        // A waiting thread that spins takes the core from the server, which may be on this machine.
        extra: { session: { intra_op: { allow_spinning: "0" } } },
      });
    } catch (error) {
      throw new CommandError(
        `--embed: ${model} cannot be opened: ${(error as Error).message.trim()} Found in ${join(folder)}: ${(await listFiles(folder)).join(", ")}. A graph above 2 GB keeps its weights in files beside it (model.onnx_data), which must be there too.`,
      );
    }
    try {
      return new TextGraph(session);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** Whether the graph itself makes one vector of a text, pooling and all. */
  get poolsItself(): boolean {
    return this.#output === "sentence_embedding";
  }

  /** Runs texts, given as their token ids; shorter ones are padded with `padId` and masked. Holds the JavaScript thread. */
  async run(texts: readonly (readonly number[])[], padId: number): Promise<GraphOutput> {
    const tokens = Math.max(...texts.map((ids) => ids.length));
    const feeds: Record<string, Tensor> = {};
    for (const { name, type } of this.#inputs) feeds[name] = inputTensor(name, type, texts, tokens, padId);
    const { [this.#output]: output } = await this.#session.run(feeds, [this.#output]);
    const { dims, data } = output as Tensor;
    const of = dims.length === 2 ? "texts" : "tokens";
    const width = dims.at(-1) ?? 0;
    if (
      dims[0] !== texts.length ||
      (of === "tokens" && dims[1] !== tokens) ||
      dims.length > 3 ||
      width === 0
    ) {
      throw new CommandError(
        `--embed: the graph's output ${this.#output} has the shape [${dims.join(", ")}]; expected [${texts.length}, ${tokens}, numbers] or [${texts.length}, numbers].`,
      );
    }
    return { of, data: data as ArrayLike<number>, width };
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function isWholeNumbers(type: Tensor.Type): type is "int64" | "int32" {
  return type === "int64" || type === "int32";
}

function inputTensor(
  name: string,
  type: "int64" | "int32",
  texts: readonly (readonly number[])[],
  tokens: number,
  padId: number,
): Tensor {
  const valueOf = INPUTS[name]!;
  const values = new Int32Array(texts.length * tokens);
  for (const [row, ids] of texts.entries()) {
    for (let position = 0; position < tokens; position++) {
      const own = position < ids.length;
      values[row * tokens + position] = valueOf(position, own ? ids[position]! : padId, own);
    }
  }
  const dims = [texts.length, tokens];
  return type === "int32"
    ? new Tensor("int32", values, dims)
    : new Tensor("int64", BigInt64Array.from(values, BigInt), dims);
}
