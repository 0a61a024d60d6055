import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type Field, integer, message, text } from "#kernels/engine/protobuf.ts";

/** Numbers of each token's vector. */
export const WIDTH = 6;

/** Words the model knows, their place is their id; a word ending in "s" is its stem and "##s". */
export const WORDS = [
  "[PAD]", "[UNK]", "[CLS]", "[SEP]", "##s", "red", "green", "blue", "apple", "pear", "plum", "boat", "sails", "north", "passage", ":", "a",
]; // prettier-ignore

/** Row `token` of the model's table of words, row 0 of its table of token types added. */
export function wordVector(token: number): number[] {
  return Array.from({ length: WIDTH }, (_, column) => Math.fround(Math.sin(1 + token * 7 + column * 3)));
}

export interface TextModelOptions {
  /** Of sentence_bert_config.json (12). */
  readonly maxTokens?: number;
  /** Of tokenizer_config.json and config.json (64). */
  readonly mostTokens?: number;
  /** Content of 1_Pooling/config.json; null: neither it nor modules.json. */
  readonly pooling?: object | null;
  readonly normalize?: boolean;
  /** Names of parts after pooling in modules.json. */
  readonly furtherParts?: readonly string[];
  /** Content of config_sentence_transformers.json. */
  readonly prompts?: object;
  /** One vector a token, or the graph pools itself: their masked mean, times two. */
  readonly output?: "last_hidden_state" | "sentence_embedding" | "logits";
  readonly inputs?: readonly string[];
  readonly inputType?: "int64" | "int32";
  /** Weights in model.onnx_data. */
  readonly external?: boolean;
  /** Where the graph goes (model.onnx). */
  readonly file?: string;
}

/**
 * Writes a small but real text model into a folder as sentence-transformers lays one out: a WordPiece tokenizer and a graph
 * whose token vectors are `word + mean of the text's words`, so that a graph that looks at padding shows it.
 */
export async function writeTextModel(folder: string, options: TextModelOptions = {}): Promise<string> {
  const {
    maxTokens = 12,
    mostTokens = 64,
    normalize = true,
    file = "model.onnx",
    furtherParts = [],
  } = options;
  const { pooling = { word_embedding_dimension: WIDTH, pooling_mode_mean_tokens: true } } = options;
  await mkdir(join(folder, "1_Pooling"), { recursive: true });
  await mkdir(join(folder, "onnx"), { recursive: true });
  const save = (name: string, value: object) => writeFile(join(folder, name), JSON.stringify(value));
  await save("tokenizer.json", tokenizer());
  await save("tokenizer_config.json", { model_max_length: mostTokens, tokenizer_class: "BertTokenizer" });
  await save("config.json", { model_type: "bert", max_position_embeddings: mostTokens, pad_token_id: 0 });
  await save("sentence_bert_config.json", { max_seq_length: maxTokens, do_lower_case: false });
  if (options.prompts) await save("config_sentence_transformers.json", options.prompts);
  if (pooling) {
    const parts = ["Transformer", "Pooling", ...furtherParts, ...(normalize ? ["Normalize"] : [])];
    const place = (name: string, index: number) => (index === 0 ? "" : `${index}_${name}`);
    const modules = parts.map((name, idx) => ({
      idx,
      path: place(name, idx),
      type: `sentence_transformers.models.${name}`,
    }));
    await save("modules.json", modules);
    await save("1_Pooling/config.json", pooling);
  }
  const words = WORDS.flatMap((_, token) => wordVector(token));
  const weights = new Uint8Array(Float32Array.from(words).buffer);
  if (options.external) await writeFile(join(folder, file, "..", "model.onnx_data"), weights);
  await writeFile(join(folder, file), graph(weights, options));
  return folder;
}

/** What tokenizer.json says of truncation and padding belongs to whoever saved it; sentence-transformers sets its own. */
function tokenizer(): object {
  return {
    version: "1.0",
    truncation: { max_length: 3, strategy: "LongestFirst", stride: 0 },
    padding: { strategy: { Fixed: 10 }, direction: "Right", pad_id: 0, pad_type_id: 0, pad_token: "[PAD]" },
    added_tokens: [0, 1, 2, 3].map((id) => ({
      id,
      content: WORDS[id],
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [special("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, special("[SEP]")],
      pair: [],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    },
  };
}

function special(id: string): object {
  return { SpecialToken: { id, type_id: 0 } };
}

/** Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, as in kernels/src/engine/onnx-model.ts. */
function graph(weights: Uint8Array, options: TextModelOptions): Uint8Array {
  const { output = "last_hidden_state", external = false, inputType = "int64" } = options;
  const inputs = options.inputs ?? ["input_ids", "attention_mask", "token_type_ids"];
  const whole = inputType === "int64" ? INT64 : INT32;
  const type = inputs.includes("token_type_ids") ? "token_type_ids" : undefined;
  const pooled = output === "sentence_embedding";
  const nodes = [
    node("Gather", ["words", "input_ids"], "word"),
    // Types are all 0 here: were they not, the vectors would be far off.
    ...(type
      ? [node("Cast", [type], "type", 1), node("Unsqueeze", ["type", "last"], "type3"), node("Add", ["word", "type3"], "token")]
      : [node("Identity", ["word"], "token")]),
    node("Cast", ["attention_mask"], "mask", 1),
    node("Unsqueeze", ["mask", "last"], "mask3"),
    node("Mul", ["token", "mask3"], "own"),
    node("ReduceSum", ["own", "second"], "sum"),
    node("ReduceSum", ["mask3", "second"], "count"),
    node("Div", ["sum", "count"], "mean"),
    ...(pooled
      ? [node("Add", ["mean", "mean"], "twice"), node("Squeeze", ["twice", "second"], output)]
      : [node("Add", ["token", "mean"], output)]),
  ]; // prettier-ignore
  const made = message(
    7, // ModelProto.graph
    ...nodes,
    text(2, "text-model"),
    tensor("words", FLOAT, [WORDS.length, WIDTH], weights, external),
    tensor("last", INT64, [1], new Uint8Array(BigInt64Array.of(2n).buffer)),
    tensor("second", INT64, [1], new Uint8Array(BigInt64Array.of(1n).buffer)),
    ...inputs.map((name) => value(11, name, whole, ["batch", "length"])), // GraphProto.input
    value(12, output, FLOAT, pooled ? ["batch", "width"] : ["batch", "length", "width"]), // GraphProto.output
  );
  return Uint8Array.from([...integer(1, 8), ...made, ...message(8, text(1, ""), integer(2, 17))]);
}

/** TensorProto.DataType */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;

function node(operator: string, inputs: readonly string[], output: string, to?: number): Field {
  const attribute = to === undefined ? [] : [message(5, text(1, "to"), integer(3, to), integer(20, 2))];
  return message(
    1,
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(4, operator),
    ...attribute,
  );
}

function tensor(
  name: string,
  type: number,
  dims: readonly number[],
  content: Uint8Array,
  external = false,
): Field {
  const data = external
    ? [message(13, text(1, "location"), text(2, "model.onnx_data")), integer(14, 1)] // external_data, data_location
    : [message(9, [...content])]; // raw_data
  return message(5, ...dims.map((size) => integer(1, size)), integer(2, type), text(8, name), ...data);
}

function value(field: number, name: string, type: number, shape: readonly string[]): Field {
  const dimensions = shape.map((parameter) => message(1, text(2, parameter)));
  return message(field, text(1, name), message(2, message(1, integer(1, type), message(2, ...dimensions))));
}
