import type { Command } from "commander";

import { CommandError } from "../explain-failure.ts";
import { USUAL_TEXT_PATHS } from "./document-text.ts";
import { POOLINGS, type Pooling } from "./local/pooling.ts";

/** The flags of `addEmbedFlags` as commander gives them. */
export interface EmbedFlags {
  embed?: string;
  embedUrl?: string;
  embedModel?: string;
  textColumns?: string;
  feature?: string;
  skipEmpty?: boolean;
  embedPrefix?: string;
  embedPooling?: string;
  embedMaxTokens?: string;
  embedDimensions?: string;
  embedBatch?: string;
  embedInFlight?: string;
}

/** What was asked for, checked. */
export interface EmbedPlan {
  readonly model: LocalPlan | EndpointPlan;
  readonly feature: string;
  readonly textPaths: readonly string[];
  readonly skipEmpty: boolean;
  /** Undefined: as the model's folder says. */
  readonly prefix: string | undefined;
}

export interface LocalPlan {
  readonly kind: "local";
  readonly folder: string;
  readonly pooling?: Pooling;
  readonly maxTokens?: number;
}

export interface EndpointPlan {
  readonly kind: "endpoint";
  readonly url: string;
  readonly model: string;
  readonly apiKey?: string;
  readonly dimensions?: number;
  readonly batchTexts?: number;
  readonly inFlight?: number;
}

/** Flags that make a command embed text. */
export function addEmbedFlags(command: Command): Command {
  return command
    .option(
      "--embed <folder>",
      "make vectors of text with the model in this folder, on this machine (docs/embedding.md)",
    )
    .option("--embed-url <url>", "or by an OpenAI-compatible endpoint, for example http://127.0.0.1:11434/v1")
    .option("--embed-model <name>", "the endpoint's model")
    .option("--text-columns <list>", `where the text is in the payload (${USUAL_TEXT_PATHS.join(",")})`)
    .option("--feature <name>", "name of the vectors made (text)")
    .option("--skip-empty", "leave documents without text out, instead of naming them as faults")
    .option("--embed-prefix <text>", 'put before each text, for example "passage: " (what the folder says)')
    .option("--embed-pooling <way>", `folder: ${POOLINGS.join(", ")} (what the folder says)`)
    .option("--embed-max-tokens <number>", "folder: where texts are cut (what the folder says)")
    .option("--embed-dimensions <number>", "endpoint: ask for vectors of this length")
    .option("--embed-batch <number>", "endpoint: texts in a request (32)")
    .option("--embed-in-flight <number>", "endpoint: requests at a time (4)");
}

const OF_THE_FOLDER = ["embedPooling", "embedMaxTokens"] as const;
const OF_THE_ENDPOINT = ["embedModel", "embedDimensions", "embedBatch", "embedInFlight"] as const;
const OF_BOTH = ["textColumns", "feature", "skipEmpty", "embedPrefix"] as const;

/**
 * Whether and how to embed; undefined when no flag asks for it. RECLUSTER_EMBED_URL stands for --embed-url where
 * --embed-model is given. Throws CommandError for flags that do not go together.
 */
export function readEmbedFlags(flags: EmbedFlags, env: NodeJS.ProcessEnv): EmbedPlan | undefined {
  const url =
    flags.embedUrl ?? (flags.embedModel === undefined ? undefined : env.RECLUSTER_EMBED_URL || undefined);
  if (flags.embed !== undefined && url !== undefined) {
    throw new CommandError(
      "--embed computes vectors on this machine, --embed-url and --embed-model by an endpoint: give one.",
    );
  }
  const model =
    flags.embed !== undefined
      ? local(flags, flags.embed)
      : url !== undefined
        ? endpoint(flags, url, env)
        : undefined;
  if (!model) {
    refuse(flags, OF_THE_ENDPOINT, "needs --embed-url or RECLUSTER_EMBED_URL");
    refuse(flags, [...OF_THE_FOLDER, ...OF_BOTH], "is about --embed or --embed-url: give one");
    return undefined;
  }
  return {
    model,
    feature: flags.feature ?? "text",
    textPaths: paths(flags.textColumns),
    skipEmpty: flags.skipEmpty ?? false,
    prefix: flags.embedPrefix,
  };
}

function local(flags: EmbedFlags, folder: string): LocalPlan {
  refuse(flags, OF_THE_ENDPOINT, "is about --embed-url, not --embed");
  const pooling = flags.embedPooling as Pooling | undefined;
  if (pooling !== undefined && !POOLINGS.includes(pooling)) {
    throw new CommandError(`--embed-pooling takes ${POOLINGS.join(", ")}, not '${pooling}'.`);
  }
  // Below four nothing of a text is left between the special tokens.
  const maxTokens = count("--embed-max-tokens", flags.embedMaxTokens, 4, 1_000_000);
  return { kind: "local", folder, ...(pooling && { pooling }), ...(maxTokens && { maxTokens }) };
}

function endpoint(flags: EmbedFlags, url: string, env: NodeJS.ProcessEnv): EndpointPlan {
  refuse(flags, OF_THE_FOLDER, "is about --embed, not --embed-url");
  if (!flags.embedModel)
    throw new CommandError("--embed-url needs --embed-model, the name of the endpoint's model.");
  const apiKey = keyFor(url, env);
  const dimensions = count("--embed-dimensions", flags.embedDimensions, 1, 1_000_000);
  const batchTexts = count("--embed-batch", flags.embedBatch, 1, 2_048);
  const inFlight = count("--embed-in-flight", flags.embedInFlight, 1, 256);
  return {
    kind: "endpoint",
    url,
    model: flags.embedModel,
    ...(apiKey && { apiKey }),
    ...(dimensions && { dimensions }),
    ...(batchTexts && { batchTexts }),
    ...(inFlight && { inFlight }),
  };
}

/** RECLUSTER_EMBED_API_KEY goes to any endpoint; OPENAI_API_KEY to OpenAI's own only, which is whom it was made for. */
function keyFor(url: string, env: NodeJS.ProcessEnv): string | undefined {
  if (env.RECLUSTER_EMBED_API_KEY) return env.RECLUSTER_EMBED_API_KEY;
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return /(^|\.)openai\.com$/.test(host) ? env.OPENAI_API_KEY || undefined : undefined;
}

function paths(given: string | undefined): readonly string[] {
  if (given === undefined) return USUAL_TEXT_PATHS;
  const names = given
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw new CommandError("--text-columns takes names with commas between them.");
  return names;
}

function refuse(flags: EmbedFlags, names: readonly (keyof EmbedFlags)[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given)
    throw new CommandError(`--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${why}.`);
}

function count(option: string, given: string | undefined, least: number, most: number): number | undefined {
  if (given === undefined) return undefined;
  const value = /^\d+$/.test(given) ? Number(given) : NaN;
  if (!(value >= least && value <= most)) {
    throw new CommandError(`${option} takes a whole number from ${least} to ${most}, not '${given}'.`);
  }
  return value;
}
