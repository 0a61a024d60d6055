import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import {
  type TextModelOptions,
  WORDS,
  wordVector,
  writeTextModel,
} from "../../../../../test/factories/text-model.ts";
import { CommandError } from "../../explain-failure.ts";
import type { TextVector } from "../embedder.ts";
import { type LocalEmbedder, openLocalEmbedder } from "./open-local-embedder.ts";
import type { SettingsWanted } from "./model-settings.ts";

let root: string;
let folders = 0;
const open: LocalEmbedder[] = [];
before(async () => {
  root = await mkdtemp(join(tmpdir(), "recluster-test-"));
});
after(async () => {
  for (const embedder of open) await embedder.close();
  await rm(root, { recursive: true, force: true });
});

function newFolder(): string {
  return join(root, `model-${++folders}`);
}

async function embedderOf(options: TextModelOptions, wanted: SettingsWanted = {}): Promise<LocalEmbedder> {
  const embedder = await openLocalEmbedder(await writeTextModel(newFolder(), options), wanted);
  open.push(embedder);
  return embedder;
}

function vectorOf(outcome: TextVector | undefined): Float32Array {
  assert.ok(outcome && "vector" in outcome, JSON.stringify(outcome));
  return outcome.vector;
}

function near(actual: ArrayLike<number>, expected: readonly number[], within = 1e-6): void {
  assert.equal(actual.length, expected.length);
  for (const [column, value] of expected.entries()) {
    assert.ok(
      Math.abs(actual[column]! - value) <= within,
      `column ${column}: ${actual[column]} is not ${value}`,
    );
  }
}

/** Token vectors as the graph makes them, of tokens by name. */
function tokenVectors(tokens: string): number[][] {
  const words = tokens.split(" ").map((word) => wordVector(WORDS.indexOf(word)));
  const mean = columns(words, (values) => sum(values) / values.length);
  return words.map((word) => word.map((value, column) => value + mean[column]!));
}

function columns(rows: readonly (readonly number[])[], of: (values: number[]) => number): number[] {
  return rows[0]!.map((_, column) => of(rows.map((row) => row[column]!)));
}
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const meanOf = (rows: number[][]) => columns(rows, (values) => sum(values) / values.length);
const unit = (vector: number[]) => vector.map((value) => value / Math.hypot(...vector));

describe("a model folder embeds texts", () => {
  it("as computed by hand: word pieces, mean of the tokens, length one", async () => {
    const embedder = await embedderOf({});
    assert.equal(embedder.dimensions, 6);
    assert.equal(embedder.maxTokens, 12);
    assert.deepEqual(embedder.notes, []);
    const [apples, unknown] = await embedder.embed(["Red APPLES", "apple zebra: ünknown"]);
    near(vectorOf(apples), unit(meanOf(tokenVectors("[CLS] red apple ##s [SEP]"))));
    near(vectorOf(unknown), unit(meanOf(tokenVectors("[CLS] apple [UNK] : [UNK] [SEP]"))));
  });

  it("the same in batches with padding as one by one, and in their order", async () => {
    const embedder = await embedderOf({ maxTokens: 40 });
    const words = WORDS.slice(5);
    const texts = Array.from({ length: 150 }, (_, index) =>
      Array.from({ length: (index * 37) % 31 }, (_, at) => words[(index * 5 + at * 3) % words.length]).join(
        " ",
      ),
    );
    let done = 0;
    const together = await embedder.embed(texts, (count) => (done += count));
    assert.equal(done, texts.length);
    for (const [index, text] of texts.entries()) {
      const [alone] = await embedder.embed([text]);
      near(vectorOf(together[index]), [...vectorOf(alone)]);
    }
    assert.ok(Math.abs(vectorOf(together[1])[0]! - vectorOf(together[2])[0]!) > 1e-3, "texts differ");
  });

  it("cut at the model's maximum with the special token after them kept, and says so", async () => {
    const embedder = await embedderOf({ maxTokens: 5 });
    const [long, fits] = await embedder.embed(["red green blue apple pear plum", "red green blue"]);
    near(vectorOf(long), unit(meanOf(tokenVectors("[CLS] red green blue [SEP]"))));
    assert.deepEqual(
      [long, fits].map((outcome) => "cut" in outcome! && outcome.cut),
      [true, false],
    );
    near(vectorOf(fits), [...vectorOf(long)]);
    const longer = await embedderOf({ maxTokens: 5, mostTokens: 8 }, { maxTokens: 8 });
    const [whole] = await longer.embed(["red green blue apple pear plum"]);
    near(vectorOf(whole), unit(meanOf(tokenVectors("[CLS] red green blue apple pear plum [SEP]"))));
    await assert.rejects(
      embedderOf({ mostTokens: 8 }, { maxTokens: 9 }),
      /9: this model takes at most 8 tokens/,
    );
  });

  it("looks at a bounded part of a text of megabytes", async () => {
    const embedder = await embedderOf({ maxTokens: 5 });
    const [huge] = await embedder.embed(["red green blue ".repeat(1_000_000)]);
    near(vectorOf(huge), unit(meanOf(tokenVectors("[CLS] red green blue [SEP]"))));
    assert.equal("cut" in huge! && huge.cut, true);
  });

  it("pools as its settings say, old ones and new, or as asked", async () => {
    const tokens = tokenVectors("[CLS] blue boat [SEP]");
    const ways: [object, number[]][] = [
      [{ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, tokens[0]!],
      [{ pooling_mode: "lasttoken" }, tokens[3]!],
      [{ pooling_mode_max_tokens: true }, columns(tokens, (values) => Math.max(...values))],
      [{ pooling_mode: ["mean"] }, meanOf(tokens)],
    ];
    for (const [pooling, expected] of ways) {
      const embedder = await embedderOf({ pooling, normalize: false });
      const [vector] = await embedder.embed(["blue boat", "red green blue boat sails"]);
      near(vectorOf(vector), expected);
    }
    const asked = await embedderOf({ pooling: { pooling_mode: "weightedmean" } }, { pooling: "cls" });
    near(vectorOf((await asked.embed(["blue boat"]))[0]), unit(tokens[0]!));
    await assert.rejects(
      embedderOf({ pooling: { pooling_mode: "weightedmean" } }),
      /pooling by weightedmean; .*mean, cls/,
    );
  });

  it("takes the mean and says that it guessed when nothing says how to pool", async () => {
    const embedder = await embedderOf({ pooling: null });
    near(
      vectorOf((await embedder.embed(["blue boat"]))[0]),
      unit(meanOf(tokenVectors("[CLS] blue boat [SEP]"))),
    );
    assert.match(embedder.notes.join(), /does not say how .*--embed-pooling cls/);
  });

  it("takes the vector of a graph that has every part of the model in it", async () => {
    const embedder = await embedderOf({ output: "sentence_embedding", furtherParts: ["Dense"] });
    const words = ["[CLS]", "blue", "boat", "[SEP]"].map((word) => wordVector(WORDS.indexOf(word)));
    const [vector] = await embedder.embed(["blue boat", "red green blue boat sails"]);
    near(
      vectorOf(vector),
      meanOf(words).map((value) => 2 * value),
    );
    await assert.rejects(embedderOf({ furtherParts: ["Dense"] }), /names Dense after the transformer/);
  });

  it("feeds the inputs the graph has, of the type it has", async () => {
    const expected = unit(meanOf(tokenVectors("[CLS] blue boat [SEP]")));
    for (const options of [
      { inputs: ["input_ids", "attention_mask"] },
      { inputs: ["input_ids", "attention_mask", "token_type_ids", "position_ids"] },
      { inputType: "int32" },
    ] satisfies TextModelOptions[]) {
      const embedder = await embedderOf(options);
      near(vectorOf((await embedder.embed(["blue boat", "red"]))[0]), expected);
    }
  });

  it("says what the makers want before each text", async () => {
    const embedder = await embedderOf({
      prompts: { prompts: { query: "q: ", document: "passage: " }, default_prompt_name: "document" },
    });
    assert.equal(embedder.prefix, "passage: ");
  });

  it("ends between two batches when it is closed", async () => {
    const embedder = await embedderOf({});
    const texts = Array.from({ length: 200 }, () => "red green blue");
    const closing: Promise<void>[] = [];
    await assert.rejects(
      embedder.embed(texts, (count) => void (count > 0 && closing.push(embedder.close()))),
      /closed while it embedded/,
    );
    await Promise.all(closing);
  });
});

describe("files of a model folder", () => {
  it("takes full precision before smaller graphs, and a graph that is named", async () => {
    const folder = await writeTextModel(newFolder(), { file: "onnx/model_quantized.onnx" });
    await writeFile(join(folder, "onnx/model_q4.onnx"), "not a graph");
    const [first] = await read(folder, "blue boat");
    await writeTextModel(folder, { file: "onnx/model.onnx", output: "sentence_embedding" });
    const [better] = await read(folder, "blue boat");
    assert.notDeepEqual(better, first);
    assert.deepEqual(await read(join(folder, "onnx"), "blue boat"), [better]);
    assert.deepEqual(await read(join(folder, "onnx/model_quantized.onnx"), "blue boat"), [first]);
  });

  it("reads weights from a file beside the graph, and names it when it is away", async () => {
    const folder = await writeTextModel(newFolder(), { external: true });
    near((await read(folder, "blue boat"))[0]!, unit(meanOf(tokenVectors("[CLS] blue boat [SEP]"))));
    await rm(join(folder, "model.onnx_data"));
    await refuses(folder, /cannot be opened: .*model\.onnx_data.* Found in .*: .*model\.onnx/s);
  });

  it("lists what is there and what is expected in a wrong folder", async () => {
    const folder = newFolder();
    await refuses(folder, /there is no .*Expected tokenizer\.json/);
    await mkdir(folder);
    await refuses(folder, /has no tokenizer\.json and no graph\. Found: nothing\. Expected .*model\.onnx/);
    await writeFile(join(folder, "model.safetensors"), "");
    await writeFile(join(folder, "vocab.txt"), "");
    await refuses(folder, /Found: model\.safetensors, vocab\.txt\..*use_fast=True.*optimum-cli export onnx/);
    await writeFile(join(folder, "tokenizer.json"), "{");
    await writeFile(join(folder, "model.onnx"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    await refuses(folder, /model\.onnx is a pointer of Git LFS.*git lfs pull/);
    await writeFile(join(folder, "model.onnx"), "no graph");
    await refuses(folder, /tokenizer\.json is not valid JSON/);
    await writeFile(join(folder, "tokenizer.json"), "{}");
    await refuses(folder, /tokenizer\.json cannot be used/);
    await refuses(join(folder, "vocab.txt"), /neither a folder nor an \.onnx file/);
    await writeTextModel(folder);
    await writeFile(join(folder, "model.onnx"), "no graph");
    await refuses(folder, /model\.onnx cannot be opened: .*Found in .*vocab\.txt/s);
  });

  it("refuses a graph that is not of texts", async () => {
    const inputs = ["input_ids", "attention_mask", "pixel_values"];
    await refuses(await writeTextModel(newFolder(), { inputs }), /asks for an input 'pixel_values'/);
    await refuses(
      await writeTextModel(newFolder(), { output: "logits" }),
      /no output .*last_hidden_state.* but logits/,
    );
  });
});

async function read(path: string, text: string): Promise<Float32Array[]> {
  const embedder = await openLocalEmbedder(path);
  open.push(embedder);
  return (await embedder.embed([text])).map(vectorOf);
}

async function refuses(path: string, message: RegExp): Promise<void> {
  await assert.rejects(openLocalEmbedder(path), (error: Error) => {
    assert.ok(error instanceof CommandError, error.stack);
    assert.match(error.message, message);
    return true;
  });
}
