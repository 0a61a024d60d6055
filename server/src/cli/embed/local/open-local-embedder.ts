import { basename } from "node:path";

import { nextTurn } from "../../../platform/timers.ts";
import { CommandError } from "../../explain-failure.ts";
import type { Embedder, TextVector } from "../embedder.ts";
import { findModel } from "./find-model.ts";
import { lengthBatches } from "./length-batches.ts";
import { type ModelSettings, readModelSettings, type SettingsWanted } from "./model-settings.ts";
import { openTokenizer, type Tokens } from "./open-tokenizer.ts";
import { normalize, pool } from "./pooling.ts";
import { type GraphOutput, TextGraph } from "./text-graph.ts";

/**
 * Texts of a dozen tokens gain a third from going together; past a thousand tokens a batch falls out of the caches and costs
 * a fifth more, and holds the thread longer (docs/decisions/007).
 */
const BATCH = { mostTexts: 32, mostTokens: 1_024 };

export interface LocalEmbedder extends Embedder {
  /** What the model's makers put before each text. */
  readonly prefix: string;
}

/**
 * A sentence-embedding model of a folder, computed in this process; nothing is fetched and no text leaves it. Throws
 * CommandError when the folder does not hold one.
 */
export async function openLocalEmbedder(folder: string, wanted: SettingsWanted = {}): Promise<LocalEmbedder> {
  const files = await findModel(folder);
  const settings = await readModelSettings(files.folder, wanted);
  const tokens = await openTokenizer(files.folder, settings);
  const graph = await TextGraph.open(files);
  let ended = false;
  let running: Promise<unknown> = Promise.resolve();
  const embedBatch = async (batch: readonly (readonly number[])[]) => {
    if (ended) throw new CommandError("The model was closed while it embedded.");
    const output = graph.run(batch, settings.padId);
    running = output.catch(() => undefined);
    return vectors(await output, batch, settings);
  };
  try {
    if (settings.furtherParts.length > 0 && !graph.poolsItself) {
      throw new CommandError(
        `--embed: modules.json names ${settings.furtherParts.join(", ")} after the transformer, which the graph does not have in it. Export the whole model: optimum-cli export onnx --library sentence_transformers.`,
      );
    }
    const [probe] = await embedBatch([tokens("a").ids]);
    return {
      name: basename(files.folder),
      dimensions: probe!.length,
      maxTokens: settings.maxTokens,
      prefix: settings.prefix,
      notes: settings.notes,
      embed: async (texts, onDone) => {
        const prepared: Tokens[] = [];
        for (const text of texts) {
          if (prepared.length % BATCH.mostTexts === 0) await nextTurn();
          prepared.push(tokens(text));
        }
        const out = prepared.map((): TextVector => ({ refused: "the text has no tokens" }));
        const full = [...prepared.keys()].filter((index) => prepared[index]!.ids.length > 0);
        onDone?.(texts.length - full.length);
        const lengths = full.map((index) => prepared[index]!.ids.length);
        for (const batch of lengthBatches(lengths, BATCH)) {
          // The runtime holds the thread for a batch: meanwhile documents that are ready wait to be sent.
          await nextTurn();
          const indexes = batch.map((at) => full[at]!);
          const made = await embedBatch(indexes.map((index) => prepared[index]!.ids));
          for (const [row, vector] of made.entries()) {
            const index = indexes[row]!;
            out[index] = vector.every(Number.isFinite)
              ? { vector, cut: prepared[index]!.cut }
              : { refused: "the model answers numbers that are not finite" };
          }
          onDone?.(batch.length);
        }
        return out;
      },
      close: async () => {
        if (ended) return;
        ended = true;
        await running;
        await graph.close();
      },
    };
  } catch (error) {
    await graph.close();
    throw error;
  }
}

/** A vector for each text of the batch, pooled where the graph has not done it. */
function vectors(
  { of, data, width }: GraphOutput,
  batch: readonly (readonly number[])[],
  { pooling, normalize: wanted }: ModelSettings,
): Float32Array[] {
  const stride = width * Math.max(...batch.map((ids) => ids.length));
  return batch.map((ids, row) => {
    // A graph that pools itself normalises itself too, if the model does; its row is taken as it is.
    if (of === "texts")
      return Float32Array.from({ length: width }, (_, column) => data[row * width + column]!);
    const pooled = pool(pooling, data, row * stride, ids.length, width);
    return Float32Array.from(wanted ? normalize(pooled) : pooled);
  });
}
