import type { NewDocument } from "#client/documents.ts";
import { CommandError } from "../explain-failure.ts";
import { documentText, type DocumentText } from "./document-text.ts";
import type { Embedder, TextVector } from "./embedder.ts";

/** Documents taken together: enough to sort by length, few enough that a kill loses seconds of work. */
const WINDOW_DOCUMENTS = 512;
const WINDOW_CHARACTERS = 4 * 1024 * 1024;
/** Faults kept word for word; past that they are counted. */
const MOST_FAULTS = 10_000;

export interface EmbedDocumentsOptions<T extends NewDocument> {
  /** The feature the vectors are of. */
  readonly feature: string;
  readonly textPaths: readonly string[];
  /** Leave documents without text out, instead of naming each as a fault. */
  readonly skipEmpty: boolean;
  /** Put before each text, as some models want it. */
  readonly prefix?: string;
  /** Where a document comes from, for faults (default: its number and id). `index` counts from 0. */
  readonly where?: (document: T, index: number) => string;
  /** Called with the texts embedded so far. */
  readonly onProgress?: (texts: number) => void;
}

export interface EmbedFault {
  readonly where: string;
  readonly message: string;
}

/** Filled while the documents pass. */
export interface EmbedReport {
  /** Documents taken from the source. */
  documents: number;
  embedded: number;
  /** Texts of which the model took only the beginning. */
  cut: number;
  /** Documents without text that were left out because `skipEmpty` says so. */
  skipped: number;
  /** Documents that were left out and why; `faultCount` of them, the first 10,000 here. */
  readonly faults: EmbedFault[];
  faultCount: number;
}

export function emptyReport(): EmbedReport {
  return { documents: 0, embedded: 0, cut: 0, skipped: 0, faults: [], faultCount: 0 };
}

export type Embedded<T extends NewDocument> = T & {
  readonly vectors: Readonly<Record<string, readonly number[]>>;
};

/**
 * The documents with a vector of their text added, in their order; whatever else a document carries is kept. One without
 * text, or whose text the model refuses, does not come out and is in the report. The next window is embedded while the
 * caller sends the one before. Throws CommandError when no document at all, or none of the first window, has text.
 */
export async function* embedDocuments<T extends NewDocument>(
  source: AsyncIterable<T> | Iterable<T>,
  embedder: Embedder,
  options: EmbedDocumentsOptions<T>,
  report: EmbedReport = emptyReport(),
): AsyncGenerator<Embedded<T>> {
  let texts = 0;
  const onDone = (count: number) => options.onProgress?.((texts += count));
  let before: Promise<Embedded<T>[]> | undefined;
  for await (const window of windows(source, options, report)) {
    if (report.documents === window.length && !options.skipEmpty) refuseWithoutText(window, options);
    const now = embedWindow(window, embedder, options, report, onDone);
    // It is awaited one window later; until then its failure must not count as unhandled.
    now.catch(() => undefined);
    if (before) yield* await before;
    before = now;
  }
  if (before) yield* await before;
  if (report.embedded === 0 && report.documents > 0) {
    throw new CommandError(
      `None of the ${report.documents} documents could be embedded${report.faults[0] ? `; the first: ${report.faults[0].where}: ${report.faults[0].message}` : `: there is no text in ${options.textPaths.join(", ")}`}.`,
    );
  }
}

interface Entry<T> {
  readonly document: T;
  readonly where: () => string;
  readonly found: DocumentText;
}

async function* windows<T extends NewDocument>(
  source: AsyncIterable<T> | Iterable<T>,
  { textPaths, where = whereOf, feature }: EmbedDocumentsOptions<T>,
  report: EmbedReport,
): AsyncGenerator<Entry<T>[]> {
  let window: Entry<T>[] = [];
  let characters = 0;
  for await (const document of source) {
    const index = report.documents++;
    if (document.vectors && Object.hasOwn(document.vectors, feature)) {
      throw new CommandError(
        `${where(document, index)} has a vector '${feature}' already. Import without --embed, or name another feature with --feature.`,
      );
    }
    const found = documentText(document, textPaths);
    window.push({ document, where: () => where(document, index), found });
    if ("text" in found) characters += found.text.length;
    if (window.length < WINDOW_DOCUMENTS && characters < WINDOW_CHARACTERS) continue;
    yield window;
    window = [];
    characters = 0;
  }
  if (window.length > 0) yield window;
}

async function embedWindow<T extends NewDocument>(
  window: readonly Entry<T>[],
  embedder: Embedder,
  { feature, skipEmpty, prefix = "" }: EmbedDocumentsOptions<T>,
  report: EmbedReport,
  onDone: (texts: number) => void,
): Promise<Embedded<T>[]> {
  const texts = window.flatMap(({ found }) => ("text" in found ? prefix + found.text : []));
  const outcomes = (texts.length > 0 ? await embedder.embed(texts, onDone) : []).values();
  const documents: Embedded<T>[] = [];
  for (const { document, where, found } of window) {
    if ("empty" in found && skipEmpty) {
      report.skipped++;
      continue;
    }
    const outcome = outcomeOf(found, outcomes);
    if ("vector" in outcome) {
      report.embedded++;
      if (outcome.cut) report.cut++;
      documents.push({
        ...document,
        vectors: { ...document.vectors, [feature]: Array.from(outcome.vector) },
      });
    } else {
      report.faultCount++;
      if (report.faults.length < MOST_FAULTS)
        report.faults.push({ where: where(), message: outcome.refused });
    }
  }
  return documents;
}

function outcomeOf(found: DocumentText, outcomes: Iterator<TextVector>): TextVector {
  if ("empty" in found) return { refused: found.empty };
  if ("wrong" in found) return { refused: found.wrong };
  return outcomes.next().value as TextVector;
}

function refuseWithoutText<T extends NewDocument>(
  window: readonly Entry<T>[],
  { textPaths }: EmbedDocumentsOptions<T>,
): void {
  if (window.some(({ found }) => "text" in found)) return;
  const names = new Set(window.flatMap(({ document }) => Object.keys(document.payload ?? {})));
  const has = names.size > 0 ? [...names].slice(0, 20).join(", ") : "nothing";
  throw new CommandError(
    `None of the first ${window.length} documents has text in ${textPaths.join(", ")}; their payload has: ${has}. Name the text's columns with --text-columns.`,
  );
}

function whereOf(document: NewDocument, index: number): string {
  return `document ${index}${document.document_id === undefined ? "" : ` (${document.document_id})`}`;
}
