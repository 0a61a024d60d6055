import type { Recluster } from "#client/client.ts";
import type { NewDocument } from "#client/documents.ts";
import { RequestError } from "#client/request-error.ts";
import { counted } from "../../platform/counted.ts";
import { CommandError } from "../explain-failure.ts";
import { embedDocuments, type EmbedReport, emptyReport } from "./embed-documents.ts";
import type { EmbedPlan } from "./embed-options.ts";
import type { Embedder } from "./embedder.ts";

export interface EmbedImport {
  /** The documents with their vectors; `where` names a document in faults. */
  documents<T extends NewDocument>(
    source: AsyncIterable<T> | Iterable<T>,
    where?: (document: T, index: number) => string,
  ): AsyncGenerator<T>;
  /** `1,024 texts embedded, 63/s`, for a progress bar. */
  progress(): string;
  /** For the command's JSON answer. */
  answer(): EmbedAnswer;
  /** For people: what was embedded and how fast, what was cut, left out, refused. */
  lines(): string[];
  /** Whether documents were left out that nobody said to leave out. */
  readonly failed: boolean;
  close(): Promise<void>;
}

export interface EmbedAnswer {
  readonly model: string;
  readonly feature: string;
  readonly dimensions: number;
  readonly embedded: number;
  readonly texts_per_second: number | null;
  readonly cut: number;
  readonly max_tokens: number | null;
  readonly skipped: number;
  readonly failed: number;
  /** The first 10,000. */
  readonly faults: EmbedReport["faults"];
  readonly notes: readonly string[];
}

/** What an import needs to embed as `plan` says. Loads the model or asks the endpoint, and fits it to the collection. */
export async function openEmbedImport(
  plan: EmbedPlan,
  client: Recluster,
  collection: string,
  monotonicMs: () => number,
): Promise<EmbedImport> {
  const { embedder, prefix } = await openEmbedder(plan);
  const { feature, textPaths, skipEmpty } = plan;
  try {
    await checkFeature(client, collection, feature, embedder);
  } catch (error) {
    await embedder.close();
    throw error;
  }
  const report = emptyReport();
  let texts = 0;
  let from: number | undefined;
  let until = 0;
  const perSecond = () => (from === undefined || until <= from ? null : (1000 * texts) / (until - from));
  return {
    documents: (source, where) => {
      from ??= monotonicMs();
      const onProgress = (done: number) => {
        texts = done;
        until = monotonicMs();
      };
      const options = { feature, textPaths, skipEmpty, prefix, onProgress, ...(where && { where }) };
      return embedDocuments(source, embedder, options, report);
    },
    progress: () => `${say(texts)} texts embedded, ${rate(perSecond())}`,
    answer: () => ({
      model: embedder.name,
      feature,
      dimensions: embedder.dimensions,
      embedded: report.embedded,
      texts_per_second: perSecond(),
      cut: report.cut,
      max_tokens: embedder.maxTokens ?? null,
      skipped: report.skipped,
      failed: report.faultCount,
      faults: report.faults,
      notes: embedder.notes,
    }),
    lines: () => lines(report, embedder, feature, perSecond()),
    get failed() {
      return report.faultCount > 0;
    },
    close: () => embedder.close(),
  };
}

/** The libraries are loaded here and only now: no other command pays for them. */
async function openEmbedder({ model, prefix }: EmbedPlan): Promise<{ embedder: Embedder; prefix: string }> {
  if (model.kind === "local") {
    const { openLocalEmbedder } = await import("./local/open-local-embedder.ts");
    const embedder = await openLocalEmbedder(model.folder, model);
    return { embedder, prefix: prefix ?? embedder.prefix };
  }
  const { openEndpointEmbedder } = await import("./endpoint/open-endpoint-embedder.ts");
  return { embedder: await openEndpointEmbedder(model), prefix: prefix ?? "" };
}

/** A collection that is there must have the feature, of the model's dimensions: better said before texts are embedded. */
async function checkFeature(
  client: Recluster,
  collection: string,
  feature: string,
  { name, dimensions }: Embedder,
): Promise<void> {
  let features: readonly { name: string; dimensions: number }[];
  try {
    features = (await client.collections.get(collection)).features;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return;
    throw error;
  }
  const there = features.find((each) => each.name === feature);
  if (there?.dimensions === dimensions) return;
  const has = features.map((each) => `${each.name} (${each.dimensions})`).join(", ");
  throw new CommandError(
    there
      ? `${name} makes vectors of ${dimensions} numbers, but '${feature}' of ${collection} has ${there.dimensions}. Import into another collection, or with the model that made those.`
      : `${collection} has no feature '${feature}' but ${has}. Name one of ${dimensions} dimensions with --feature, or import into another collection.`,
  );
}

function lines(report: EmbedReport, embedder: Embedder, feature: string, perSecond: number | null): string[] {
  const { embedded, cut, skipped, faults, faultCount } = report;
  const out = [
    `${counted(embedded, "text")} embedded as '${feature}' by ${embedder.name}, ${embedder.dimensions} dimensions, ${rate(perSecond)}`,
    ...embedder.notes,
  ];
  if (cut > 0)
    out.push(
      `${counted(cut, "text")} ${cut === 1 ? "was" : "were"} cut at ${embedder.maxTokens ?? "?"} tokens`,
    );
  if (skipped > 0)
    out.push(`${counted(skipped, "document")} without text ${skipped === 1 ? "was" : "were"} left out`);
  if (faultCount > 0) {
    out.push(
      `${counted(faultCount, "document")} could not be embedded and ${faultCount === 1 ? "was" : "were"} left out:`,
    );
    out.push(...faults.slice(0, 20).map(({ where, message }) => `  ${where}: ${message}`));
    if (faultCount > 20) out.push(`  … and ${say(faultCount - 20)} more`);
  }
  return out;
}

function rate(perSecond: number | null): string {
  return perSecond === null
    ? "-/s"
    : `${perSecond < 10 ? perSecond.toFixed(1) : say(Math.round(perSecond))}/s`;
}

function say(number: number): string {
  return number.toLocaleString("en-US");
}
