import {
  conditionMetrics,
  type ConditionalScheduleConfig,
  type ConditionMetric,
  type ConditionType,
} from "#contract/schedule-config.ts";
import { nearestName } from "../platform/nearest-name.ts";
import { CommandError } from "./explain-failure.ts";
import { anyNumber, wholeNumber } from "./options.ts";
import { readSettings } from "./read-settings.ts";

/** Flags that describe a trigger which is only thought of. */
export interface DraftFlags {
  readonly cron?: string;
  readonly timezone?: string;
  readonly dst?: string;
  readonly every?: string;
  readonly condition?: string;
  readonly metric?: string;
  readonly threshold?: string;
  readonly clearThreshold?: string;
  readonly consecutiveBreaches?: string;
  readonly minDocuments?: string;
  readonly webhookUrl?: string;
  readonly set?: string;
}

export type TriggerDraft =
  | { readonly trigger_type: "cron" | "interval"; readonly schedule_config: Record<string, unknown> }
  | { readonly trigger_type: "conditional"; readonly schedule_config: ConditionalScheduleConfig };

/** What only a condition has. */
const OF_CONDITIONS = {
  metric: "--metric",
  threshold: "--threshold",
  clearThreshold: "--clear-threshold",
  consecutiveBreaches: "--consecutive-breaches",
  minDocuments: "--min-documents",
  webhookUrl: "--webhook-url",
} as const;

/**
 * The type and schedule_config that flags stand for, as creating the trigger takes them. Throws a message about flags that
 * contradict each other or lack another; values are judged by the server.
 */
export function triggerDraft(flags: DraftFlags): TriggerDraft {
  const { cron, timezone, dst, every, condition } = flags;
  if (cron === undefined && every === undefined && condition === undefined) {
    throw new CommandError(
      'Give --cron, such as --cron "0 2 * * *", --every with a number of seconds, or --condition, such as --condition drift --threshold 0.05.',
    );
  }
  if (cron !== undefined && (every ?? condition) !== undefined) {
    const other = condition === undefined ? "--every" : "--condition";
    throw new CommandError(`A trigger has one type: give --cron or ${other}, not both.`);
  }
  if (cron === undefined && (timezone ?? dst) !== undefined) {
    throw new CommandError("--timezone and --dst go with --cron: the others count elapsed seconds.");
  }
  if (condition !== undefined) return conditionalDraft(flags, condition);
  const [stray] = Object.entries(OF_CONDITIONS).filter(([flag]) => flags[flag as keyof DraftFlags] !== undefined);
  if (stray) {
    throw new CommandError(
      `${stray[1]} goes with --condition, which says what is measured: ${kinds()}.`,
    );
  }
  return cron === undefined
    ? {
        trigger_type: "interval",
        schedule_config: withSettings(flags, { interval_seconds: wholeNumber("--every", every ?? "") }),
      }
    : { trigger_type: "cron", schedule_config: withSettings(flags, { cron_expression: cron, timezone, dst }) };
} // prettier-ignore

function conditionalDraft(flags: DraftFlags, condition: string): TriggerDraft {
  const { every, threshold, clearThreshold, consecutiveBreaches, minDocuments, webhookUrl } = flags;
  if (!isCondition(condition)) {
    const near = nearestName(condition, Object.keys(conditionMetrics));
    throw new CommandError(
      `--condition is '${condition}'; ${near ? `did you mean '${near}'? There` : "there"} are ${kinds()}.`,
    );
  }
  if (threshold === undefined && flags.set === undefined) {
    throw new CommandError(
      `--condition ${condition} needs --threshold, the value at which it is met${condition === "custom" ? "" : ", from 0 to 1"}.`,
    );
  }
  if ((condition === "custom") !== (webhookUrl !== undefined) && flags.set === undefined) {
    throw new CommandError(
      condition === "custom"
        ? "--condition custom needs --webhook-url, which is asked whether it is met."
        : `--webhook-url goes with --condition custom; '${condition}' is measured by the server itself.`,
    );
  }
  const number = (flag: string, given: string | undefined) =>
    given === undefined ? given : anyNumber(flag, given);
  const whole = (flag: string, given: string | undefined) =>
    given === undefined ? given : wholeNumber(flag, given);
  const schedule = withSettings(flags, {
    condition_type: condition,
    metric: metricOf(condition, flags.metric),
    threshold: number("--threshold", threshold),
    clear_threshold: number("--clear-threshold", clearThreshold),
    check_interval_seconds: whole("--every", every),
    consecutive_breaches: whole("--consecutive-breaches", consecutiveBreaches),
    min_documents: whole("--min-documents", minDocuments),
    webhook_url: webhookUrl,
  });
  return { trigger_type: "conditional", schedule_config: schedule as ConditionalScheduleConfig };
}

function isCondition(text: string): text is ConditionType {
  return Object.hasOwn(conditionMetrics, text);
}

function kinds(): string {
  return Object.keys(conditionMetrics).join(", ");
}

function metricOf(condition: ConditionType, metric: string | undefined): ConditionMetric | undefined {
  const own: readonly string[] = conditionMetrics[condition];
  if (metric === undefined || own.includes(metric)) return metric as ConditionMetric | undefined;
  const near = nearestName(metric, own);
  throw new CommandError(
    `--metric is '${metric}'; ${near ? `did you mean '${near}'? ` : ""}--condition ${condition} is measured by ${own.join(", ")}.`,
  );
}

/** The settings of flags and those of --set, which may not be given twice. */
function withSettings({ set }: DraftFlags, own: Record<string, unknown>): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const more = set === undefined ? {} : readSettings(set);
  const twice = Object.keys(more).find((key) => Object.hasOwn(given, key));
  if (twice !== undefined) {
    throw new CommandError(`'${twice}' is given by its flag and by --set. Leave one of them out.`);
  }
  return { ...given, ...more };
}
