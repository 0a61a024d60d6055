import type { PreviewTriggerRequest, PreviewTriggerResponse } from "#contract/preview.ts";
import { connect } from "./connect.ts";
import { CommandError } from "./explain-failure.ts";
import { wholeNumber } from "./options.ts";
import { printAnswer, showInstant } from "./output/answer.ts";
import { table } from "./output/table.ts";

export interface PreviewOptions {
  readonly cron?: string;
  readonly timezone?: string;
  readonly dst?: string;
  readonly every?: string;
  readonly count: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** `recluster triggers preview --cron EXPRESSION | --every SECONDS` */
export async function previewTrigger(options: PreviewOptions): Promise<void> {
  const count = wholeNumber("--count", options.count);
  const { from } = options;
  const answer = await connect().clusterTriggers.preview({
    ...draftOf(options),
    count,
    ...(from ? { from } : {}),
  });
  printAnswer(options, answer, () => previewTable(answer, count));
}

function draftOf({ cron, timezone, dst, every }: PreviewOptions): PreviewTriggerRequest {
  if ((cron === undefined) === (every === undefined)) {
    throw new CommandError(
      'Give either --cron, such as --cron "0 2 * * *", or --every with a number of seconds.',
    );
  }
  if (cron === undefined && (timezone ?? dst) !== undefined) {
    throw new CommandError("--timezone and --dst go with --cron: an interval counts elapsed seconds.");
  }
  return cron === undefined
    ? { trigger_type: "interval", schedule_config: { interval_seconds: wholeNumber("--every", every ?? "") } }
    : { trigger_type: "cron", schedule_config: { cron_expression: cron, timezone, dst } };
}

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
