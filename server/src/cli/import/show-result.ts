import { printAnswer, showDuration } from "../output/answer.ts";
import type { EmbedImport } from "../embed/embed-import.ts";
import type { ImportResult } from "./run-import.ts";

const SHOWN_FAULTS = 20;

/** Prints what became of an import: counts, time, rate, the first faults. */
export function showResult(
  collection: string,
  result: ImportResult,
  options: { json?: boolean | undefined },
  embed?: EmbedImport,
): void {
  const { totals, isComplete, elapsedMs, resumedFrom, rows } = result;
  const { faults, ...counts } = totals;
  const seconds = elapsedMs / 1000;
  const perSecond = seconds > 0 ? Math.round((rows - resumedFrom) / seconds) : 0;
  const answer = {
    collection,
    ...counts,
    errors: faults,
    complete: isComplete,
    rows,
    resumed_from: resumedFrom,
    seconds: Number(seconds.toFixed(3)),
    rows_per_second: perSecond,
    ...(embed && { embedding: embed.answer() }),
  };
  printAnswer(options, answer, () => {
    const say = (count: number) => count.toLocaleString("en-US");
    return [
      `${collection}: ${say(counts.ingested)} new, ${say(counts.updated)} updated, ${say(counts.unchanged)} unchanged, ` +
        `${say(counts.failed)} refused; ${showDuration(Math.round(elapsedMs))}, ${say(perSecond)} rows/s`,
      ...faults
        .slice(0, SHOWN_FAULTS)
        .map(
          ({ where, document_id: id, message }) => `  ${where}${id === null ? "" : ` (${id})`}: ${message}`,
        ),
      ...(counts.failed > SHOWN_FAULTS ? [`  … and ${say(counts.failed - SHOWN_FAULTS)} more`] : []),
      ...(embed?.lines() ?? []),
      ...(isComplete ? [] : [`Stopped after row ${say(rows)}; the same command goes on there.`]),
    ].join("\n");
  });
  if (counts.failed > 0 || embed?.failed) process.exitCode = 1;
  if (!isComplete) process.exitCode = 130;
}
