import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { createInterface } from "node:readline";

import type { NewDocument } from "#client/documents.ts";
import { RequestError } from "#client/request-error.ts";
import type { IngestResponse } from "#contract/documents.ts";
import type { Recluster } from "#client/client.ts";
import { systemClock } from "../platform/clock.ts";
import { connect } from "./connect.ts";
import { openEmbedImport } from "./embed/embed-import.ts";
import { type EmbedFlags, readEmbedFlags } from "./embed/embed-options.ts";
import { CommandError } from "./explain-failure.ts";
import { printAnswer } from "./output/answer.ts";
import { showProgress } from "./output/progress.ts";

const LINES = new Set([".ndjson", ".jsonl"]);

/** `recluster import FILE` */
export async function importFile(
  file: string,
  options: { collection?: string; json?: boolean } & EmbedFlags,
): Promise<void> {
  const kind = extname(file).toLowerCase();
  if (!LINES.has(kind) && kind !== ".json") {
    throw new CommandError(
      `${file}: this version imports .ndjson, .jsonl and .json; convert it to one document {document_id?, payload?, vectors} a line.`,
    );
  }
  const plan = readEmbedFlags(options, process.env);
  const client = connect();
  const collection = options.collection ?? basename(file, extname(file));
  const { size } = await stat(file).catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  });
  const embed = plan && (await openEmbedImport(plan, client, collection, systemClock.monotonicMs));
  const progress = showProgress(`importing ${basename(file)}`, size, "bytes", systemClock.monotonicMs);
  let read = 0;
  const documents = kind === ".json" ? fromJson(file) : fromLines(file, (bytes) => (read += bytes));
  let result: IngestResponse;
  try {
    const source = withCollection(client, collection, embed ? embed.documents(documents) : documents);
    result = await client.documents.ingestAll(collection, source, {
      onProgress: (done) =>
        progress.update(
          Math.min(read, size),
          `${done.toLocaleString("en-US")} documents${embed ? `, ${embed.progress()}` : ""}`,
        ),
    });
    progress.update(size);
  } finally {
    progress.finish();
    await embed?.close();
  }
  if (embed)
    result.errors = result.errors.map((fault) => ({ ...fault, index: embed.placeInSource(fault.index) }));
  printAnswer(options, { collection, ...result, ...(embed && { embedding: embed.answer() }) }, () => {
    const faults = result.errors.map(
      (error) =>
        `  document ${error.index}${error.document_id ? ` (${error.document_id})` : ""}: ${error.message}`,
    );
    const counts = `${result.ingested} new, ${result.updated} updated, ${result.unchanged} unchanged, ${result.failed} refused`;
    return [
      `${collection}: ${counts}`,
      ...faults.slice(0, 20),
      ...(faults.length > 20 ? [`  … and ${faults.length - 20} more`] : []),
      ...(embed?.lines() ?? []),
    ].join("\n");
  });
  if (result.failed > 0 || embed?.failed) process.exitCode = 1;
}

async function* fromLines(file: string, onBytes: (bytes: number) => void): AsyncGenerator<NewDocument> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++;
    onBytes(Buffer.byteLength(line) + 1);
    if (line.trim() === "") continue;
    yield parse(line, `${file}, line ${number}`) as NewDocument;
  }
}

async function* fromJson(file: string): AsyncGenerator<NewDocument> {
  const value = parse(await readFile(file, "utf8"), file);
  const list = Array.isArray(value) ? (value as unknown[]) : (value as { documents?: unknown }).documents;
  if (!Array.isArray(list))
    throw new CommandError(`${file}: expected an array of documents, or {"documents": [...]}.`);
  yield* list as NewDocument[];
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CommandError(`${where} is not valid JSON: ${(error as Error).message}`);
  }
}

/** Makes the collection at the first document if there is none: its features are that document's vectors. */
async function* withCollection(
  client: Recluster,
  name: string,
  documents: AsyncIterable<NewDocument>,
): AsyncGenerator<NewDocument> {
  let known = false;
  for await (const document of documents) {
    if (!known) {
      await ensureCollection(client, name, document);
      known = true;
    }
    yield document;
  }
  if (!known) throw new CommandError("The file holds no documents.");
}

async function ensureCollection(client: Recluster, name: string, first: NewDocument): Promise<void> {
  try {
    await client.collections.get(name);
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
    const features = Object.entries(first.vectors ?? {}).map(([feature, vector]) => ({
      name: feature,
      dimensions: vector.length,
    }));
    if (features.length === 0) {
      throw new CommandError(
        'The first document has no vectors, so the collection cannot be made. Expected {"vectors": {"<feature>": [numbers]}}.',
      );
    }
    await client.collections.create({ collection_name: name, features });
  }
}
