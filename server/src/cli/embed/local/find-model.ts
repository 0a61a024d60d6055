import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { CommandError } from "../../explain-failure.ts";

export interface ModelFiles {
  /** Has tokenizer.json and the settings. */
  readonly folder: string;
  /** The ONNX graph. */
  readonly model: string;
}

/**
 * Names of a graph, best first: full precision, then what optimisers and quantisers write. Those that need other
 * hardware than this processor to be of use (fp16, 4 bit) come last.
 */
const GRAPHS = [
  "model", "model_optimized", "model_O1", "model_O2", "model_O3", "model_int8", "model_quantized", "model_uint8",
  "model_qint8_avx512_vnni", "model_qint8_avx512", "model_quint8_avx2", "model_qint8_arm64", "model_fp16", "model_O4", "model_q4", "model_q4f16", "model_bnb4",
].map((name) => `${name}.onnx`); // prettier-ignore

const EXPECTED =
  "Expected tokenizer.json, and beside it or in onnx/ the graph model.onnx or a variant such as model_quantized.onnx (docs/embedding.md has the order, and how to get such a folder)";

/**
 * The files of a model folder, or of the one that holds the given .onnx file or onnx/ folder. Throws CommandError that
 * lists what is there and what is expected.
 */
export async function findModel(given: string): Promise<ModelFiles> {
  const path = resolve(given);
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new CommandError(`--embed: there is no ${given}. ${EXPECTED}.`);
  if (info.isFile() && !path.endsWith(".onnx")) {
    throw new CommandError(`--embed: ${given} is neither a folder nor an .onnx file. ${EXPECTED}.`);
  }
  const start = info.isFile() ? dirname(path) : path;
  const folder = await withTokenizer(start);
  const model = info.isFile() ? path : await firstGraph(start, folder);
  if (!folder || !model) throw new CommandError(await whatIsThere(given, folder ?? start, folder, model));
  await refusePointer(model);
  return { folder, model };
}

/** The folder itself, or the one around its onnx/. */
async function withTokenizer(folder: string): Promise<string | undefined> {
  const places = basename(folder) === "onnx" ? [folder, dirname(folder)] : [folder];
  for (const place of places) if (await isFile(join(place, "tokenizer.json"))) return place;
  return undefined;
}

async function firstGraph(start: string, folder = start): Promise<string | undefined> {
  const places = [...new Set([start, folder, join(folder, "onnx")])];
  for (const name of GRAPHS) {
    for (const place of places) if (await isFile(join(place, name))) return join(place, name);
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

/** A clone without Git LFS has small text files in place of the weights. */
async function refusePointer(model: string): Promise<void> {
  const file = await open(model);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(40), 0, 40, 0);
    if (!buffer.subarray(0, bytesRead).toString("latin1").startsWith("version https://git-lfs")) return;
  } finally {
    await file.close();
  }
  throw new CommandError(
    `--embed: ${model} is a pointer of Git LFS, not the model itself. Run 'git lfs pull' in that folder.`,
  );
}

async function whatIsThere(
  given: string,
  folder: string,
  tokenizer: string | undefined,
  model: string | undefined,
): Promise<string> {
  const missing = [...(tokenizer ? [] : ["no tokenizer.json"]), ...(model ? [] : ["no graph"])].join(" and ");
  const names = await listFiles(folder);
  const found = names.length > 0 ? names.join(", ") : "nothing";
  const hints = [
    ...(!tokenizer && names.includes("vocab.txt")
      ? [
          "vocab.txt alone does not say how texts are prepared: load the tokenizer in transformers with use_fast=True and save it again.",
        ]
      : []),
    ...(!model && names.some((name) => /\.(safetensors|bin|pt)$/.test(name))
      ? ["Its weights are for PyTorch: export them with optimum-cli export onnx."]
      : []),
  ];
  return [`--embed: ${given} has ${missing}. Found: ${found}. ${EXPECTED}.`, ...hints].join(" ");
}

/** Names in the folder and in its onnx/, some of them when there are many. */
export async function listFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) names.push(entry.name);
    else if (entry.name !== "onnx") names.push(`${entry.name}/`);
    else names.push(...(await readdir(join(folder, "onnx"))).map((name) => `onnx/${name}`));
  }
  return names.length > 40 ? [...names.sort().slice(0, 40), `… and ${names.length - 40} more`] : names.sort();
}
