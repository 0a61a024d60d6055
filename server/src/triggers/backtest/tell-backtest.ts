import type { BacktestResume } from "#contract/backtest.ts";
import { decisionReasons } from "#contract/decisions.ts";
import { counted } from "../../platform/counted.ts";
import type { Backtest } from "./backtest.ts";

/** The figures as one paragraph for a person. */
export function tellBacktest(figures: Omit<Backtest, "text">): string {
  const { after, before, firings, suppressed, by_reason, expected_compute_minutes, actual, unknown } =
    figures;
  const sentences = [
    `From ${after} to ${before} it would ${firings === 0 ? "not have fired" : `have fired ${times(firings)}`}${listed(by_reason, true)} and skipped ${suppressed === 0 ? "none of its instants" : suppressed}${listed(by_reason, false)}.`,
    expected_compute_minutes === null
      ? "How long that would have computed is not known, since no run of the cluster has completed."
      : `That is about ${computing(expected_compute_minutes)} of computing.`,
    ...(actual
      ? [
          `It really ${actual.firings === 0 ? "did not fire" : `fired ${times(actual.firings)}`} by itself in that time.`,
        ]
      : []),
    ...unknown.map(({ what }) => what),
  ];
  return sentences.join(" ");
}

function computing(minutes: number): string {
  return minutes > 0 && minutes < 2 ? `${Math.ceil(60 * minutes)} s` : `${minutes} minutes`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

const FIRED: readonly string[] = decisionReasons.fired;

/** ` (3 overlap, 1 cooldown)`: due instants by reason, of those that fired or of the others. */
function listed(byReason: Backtest["by_reason"], fired: boolean): string {
  const some = Object.entries(byReason).filter(
    ([reason, { instants }]) => instants > 0 && FIRED.includes(reason) === fired,
  );
  return some.length === 0
    ? ""
    : ` (${some.map(([reason, { instants }]) => `${instants} ${reason}`).join(", ")})`;
}

/** What resuming it now does, in a sentence. */
export function tellResume({ decisions, fires_at_once, next }: BacktestResume): string {
  const kept = decisions.filter((row) => row.outcome === "skipped");
  const instants = kept.reduce((sum, row) => sum + row.count, 0);
  return [
    `Resumed now, it would ${fires_at_once ? "fire at once" : "not fire at once"}`,
    instants > 0
      ? ` and record ${counted(instants, "due instant")} as ${kept.map((row) => row.reason).join(", ")}`
      : "",
    next === null ? "; no instant would be scheduled after that." : `; it would be due next at ${next}.`,
  ].join("");
}
