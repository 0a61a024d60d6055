import type { PreviewTriggerResponse } from "#contract/preview.ts";
import type { ConditionalScheduleConfig } from "#contract/schedule-config.ts";
import { readCondition } from "../triggers/conditions/condition.ts";
import { connect } from "./connect.ts";
import { instant, wholeNumber } from "./options.ts";
import { printAnswer, showInstant } from "./output/answer.ts";
import { table } from "./output/table.ts";
import { type DraftFlags, triggerDraft } from "./trigger-draft.ts";
import { showBacktest } from "./triggers-backtest.ts";

export interface PreviewOptions extends DraftFlags {
  /** Id or name of the cluster whose past is asked. */
  readonly cluster?: string;
  readonly count: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** Decisions of the past that are listed. */
const DECISIONS = 20;

/** `recluster triggers preview --cron EXPRESSION | --every SECONDS | --condition TYPE --threshold NUMBER` */
export async function previewTrigger(options: PreviewOptions): Promise<void> {
  const count = wholeNumber("--count", options.count);
  const { cluster } = options;
  const from = instant("--from", options.from);
  const draft = triggerDraft(options);
  const client = connect();
  const answer = await client.clusterTriggers.preview({ ...draft, count, ...(from ? { from } : {}) });
  const text = [previewTable(answer, count)];
  if (draft.trigger_type === "conditional") text.push(conditionText(draft.schedule_config));
  if (cluster === undefined) return printAnswer(options, answer, () => text.join("\n\n"));
  const { cluster_id } = await client.clusters.get(cluster);
  const backtest = await client.clusterTriggers.backtestDraft({ cluster_id, ...draft, limit: DECISIONS });
  const both = { ...answer, backtest };
  printAnswer(options, both, () => [...text, showBacktest(backtest)].join("\n\n"));
}

/** What a condition's checks do. */
export function conditionText(config: ConditionalScheduleConfig): string {
  const { type, metric, threshold, clearThreshold, consecutiveBreaches, minDocuments } = readCondition(config);
  const what =
    type === "custom" ? `the URL answers that it is met, or a value of ${threshold} or more` : `${metric} is ${threshold} or more`;
  return [
    `Each is a check. It fires if there are ${minDocuments} documents or more and ${what}`,
    type === "drift" ? ", p below 0.001" : "",
    consecutiveBreaches === 1 ? "" : `, in ${consecutiveBreaches} checks in a row`,
    `; then not again before ${clearThreshold === threshold ? "that is over" : `it was below ${clearThreshold}`} or a run has completed.`,
    type === "custom" ? "" : " Without a completed run to measure against it fires at once.",
  ].join("");
} // prettier-ignore

const RUNS = { dst_gap: "for a time the clock skips", dst_overlap: "comes twice" };
const RUNS_NOT = { dst_gap: "does not run: the clock skips it", dst_overlap: "does not run: second pass" };

function previewTable({ occurrences, skipped, through }: PreviewTriggerResponse, count: number): string {
  const lines = [
    ...occurrences.map(({ at, local, note }) => ({ at, local, note: note === null ? "" : RUNS[note] })),
    ...skipped.map(({ at, local, note }) => ({ at, local, note: RUNS_NOT[note] })),
  ].sort((one, other) => one.at.localeCompare(other.at) || one.local.localeCompare(other.local));
  const shown = table(
    ["local time", "UTC", "note"],
    lines.map(({ at, local, note }) => [showLocal(local), showInstant(at), note]),
  );
  return occurrences.length < count ? `${shown}\nNone after these up to ${showInstant(through)}.` : shown;
}

/** `2026-03-08 03:00:00 -04:00` */
function showLocal(local: string): string {
  return local.replace("T", " ").replace(/(\.\d+)?([+-]\d\d:\d\d)$/, " $2");
}
