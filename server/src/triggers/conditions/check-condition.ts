import { conditionMetrics, type ConditionalScheduleConfig } from "#contract/schedule-config.ts";
import { AppError } from "../../platform/app-error.ts";
import { readCondition } from "./condition.ts";

/**
 * What the schema cannot say of a condition. Throws `invalid_value` for a metric of another kind of condition, a
 * threshold outside its metric's range or a `webhook_url` that has no use, `contradictory_bounds` for a
 * `clear_threshold` above the threshold, `not_supported` for conditions that are asked of a URL.
 */
export function checkCondition(config: ConditionalScheduleConfig): void {
  const { condition_type: type, metric, clear_threshold: clear, webhook_url: url } = config;
  const metrics: readonly string[] = conditionMetrics[type];
  if (metric !== undefined && !metrics.includes(metric)) {
    throw invalid(
      "metric",
      `A condition of the type '${type}' is not measured by '${metric}', but by: ${metrics.join(", ")}. Give one of them, or another condition_type.`,
    );
  }
  if (type === "custom" && config.threshold === undefined) {
    throw invalid(
      "threshold",
      "A custom condition's values are its own, so it has no default threshold, and none is given. Give one.",
    );
  }
  const { threshold } = readCondition(config);
  for (const [field, value] of Object.entries({ threshold, clear_threshold: clear })) {
    if (type === "custom") break;
    if (value === undefined || (value >= 0 && value <= 1)) continue;
    throw invalid(
      field,
      `${field} is ${value}; a ${type} is measured from 0 to 1. Give a number in between.`,
    );
  }
  if (clear !== undefined && clear > threshold) {
    throw new AppError(
      "contradictory_bounds",
      `clear_threshold (${clear}) is above threshold (${threshold}): it would be cleared by what breaches it. Give at most the threshold.`,
      { details: { field: "clear_threshold", given: clear, most: threshold } },
    );
  }
  if (type === "custom") return checkUrl(url);
  if (url !== undefined) {
    throw invalid(
      "webhook_url",
      `webhook_url is for the condition_type 'custom', and this is '${type}'. Leave it out.`,
    );
  }
}

/** Where it may lead is decided when it is asked (docs/outgoing.md): a name can stand for another address by then. */
function checkUrl(url: string | undefined): void {
  if (url === undefined) {
    throw invalid("webhook_url", "A custom condition asks a URL, and webhook_url is not given. Give one.");
  }
  const parsed = URL.parse(url);
  if (parsed && ["http:", "https:"].includes(parsed.protocol) && parsed.username + parsed.password === "")
    return;
  throw invalid(
    "webhook_url",
    "webhook_url is not a URL that can be asked; it takes http:// or https://, a host, and no user or password in it. Give such a URL.",
  );
}

function invalid(field: string, message: string): AppError {
  return new AppError("invalid_value", message, { details: { field } });
}
