import { join } from "node:path";

import { CommandError } from "../../explain-failure.ts";
import { POOLINGS, type Pooling } from "./pooling.ts";
import { countIn, readJson, readSettings } from "./read-settings.ts";

export interface ModelSettings {
  readonly pooling: Pooling;
  readonly normalize: boolean;
  /** Tokens a text is cut at, special ones included. */
  readonly maxTokens: number;
  readonly padId: number;
  readonly lowerCase: boolean;
  /** Put before each text by default, as the model's makers want it. */
  readonly prefix: string;
  /** Parts of the model after pooling that only a graph with an output `sentence_embedding` has in it. */
  readonly furtherParts: readonly string[];
  readonly notes: readonly string[];
}

/** What the user asked for instead of the folder's own settings. */
export interface SettingsWanted {
  readonly pooling?: Pooling;
  readonly maxTokens?: number;
}

/** What sentence-transformers puts in config files, read as it reads them (sbert.net, "Custom Models"). */
export async function readModelSettings(folder: string, wanted: SettingsWanted): Promise<ModelSettings> {
  const [model, tokenizer, sentence, prompts] = await Promise.all([
    readSettings(folder, "config.json"),
    readSettings(folder, "tokenizer_config.json"),
    readSettings(folder, "sentence_bert_config.json"),
    readSettings(folder, "config_sentence_transformers.json"),
  ]);
  const parts = await readParts(folder);
  const notes: string[] = [];
  const pooling = wanted.pooling ?? (await declaredPooling(folder, parts?.pooling ?? "1_Pooling"));
  if (!pooling) {
    notes.push(
      "The folder does not say how the tokens' vectors become one (no modules.json, no 1_Pooling): their mean is taken, normalised. --embed-pooling cls is what BGE and similar models want.",
    );
  }
  return {
    pooling: pooling ?? "mean",
    normalize: parts?.normalize ?? true,
    maxTokens: maxTokens([sentence, tokenizer, model], wanted.maxTokens),
    padId: typeof model?.pad_token_id === "number" ? model.pad_token_id : 0,
    lowerCase: sentence?.do_lower_case === true,
    prefix: defaultPrompt(prompts),
    furtherParts: parts?.further ?? [],
    notes,
  };
}

interface Parts {
  /** The folder of the pooling's settings. */
  readonly pooling: string | undefined;
  readonly normalize: boolean;
  readonly further: readonly string[];
}

/** modules.json: the parts a text goes through, in order; `type` is a Python class whose last name says which. */
async function readParts(folder: string): Promise<Parts | undefined> {
  const modules = await readJson(folder, "modules.json");
  if (modules === undefined) return undefined;
  if (!Array.isArray(modules))
    throw new CommandError(`--embed: ${join(folder, "modules.json")} is not a list.`);
  let pooling: string | undefined;
  let normalize = false;
  const further: string[] = [];
  for (const { type, path } of modules as { type?: unknown; path?: unknown }[]) {
    const name = String(type).split(".").at(-1)!;
    if (name === "Pooling") pooling = typeof path === "string" ? path : "1_Pooling";
    else if (name === "Normalize") normalize = true;
    else if (name !== "Transformer") further.push(name);
  }
  return { pooling, normalize, further };
}

const POOLING_NAMES: Readonly<Record<string, Pooling>> = {
  mean: "mean",
  mean_tokens: "mean",
  cls: "cls",
  cls_token: "cls",
  max: "max",
  max_tokens: "max",
  lasttoken: "last",
};

/** A pooling's config.json: newer ones have `pooling_mode`, older ones a `pooling_mode_…` for each, true or false. */
async function declaredPooling(folder: string, place: string): Promise<Pooling | undefined> {
  const config = await readSettings(folder, join(place, "config.json"));
  if (!config) return undefined;
  const modes =
    config.pooling_mode === undefined
      ? Object.entries(config)
          .filter(([name, value]) => name.startsWith("pooling_mode_") && value === true)
          .map(([name]) => name.slice("pooling_mode_".length))
      : [config.pooling_mode].flat().map(String);
  const pooling = modes.length === 1 ? POOLING_NAMES[modes[0]!] : undefined;
  if (!pooling) {
    throw new CommandError(
      `--embed: ${join(folder, place, "config.json")} asks for pooling by ${modes.join(" and ") || "nothing"}; this version pools by one of ${POOLINGS.join(", ")}. --embed-pooling overrides it.`,
    );
  }
  return pooling;
}

/** The most the model was made for; what the user wants instead may not exceed what the graph can take. */
function maxTokens(
  [sentence, tokenizer, model]: readonly (Readonly<Record<string, unknown>> | undefined)[],
  wanted: number | undefined,
): number {
  const limits = [countIn(tokenizer, "model_max_length"), positions(model)];
  const most = Math.min(...limits.map((limit) => limit ?? Infinity));
  if (wanted !== undefined && wanted > most) {
    throw new CommandError(`--embed-max-tokens ${wanted}: this model takes at most ${most} tokens.`);
  }
  return wanted ?? countIn(sentence, "max_seq_length") ?? (most === Infinity ? 512 : most);
}

/** RoBERTa and its kin count positions from after the padding's id, so two of 514 are never a token's. */
function positions(model: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const count = countIn(model, "max_position_embeddings");
  const shifted = /roberta|camembert|mpnet/.test(String(model?.model_type));
  return count === undefined || !shifted ? count : count - 2;
}

function defaultPrompt(config: Readonly<Record<string, unknown>> | undefined): string {
  const name = config?.default_prompt_name;
  if (typeof name !== "string") return "";
  const prompt = (config!.prompts as Record<string, unknown> | undefined)?.[name];
  return typeof prompt === "string" ? prompt : "";
}
