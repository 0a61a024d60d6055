import type { Scenario } from "./draw-samples.ts";
import type { Source } from "./embeddings.ts";
import { METRICS } from "./metrics.ts";

/** Samples of one kind, drawn again and again. */
export interface GridCase {
  readonly kind: "grid";
  readonly source: Source;
  readonly metric: string;
  readonly size: number;
  readonly scenario: Scenario;
  /** Of the current sample that is of an unseen class; 0 for no change. */
  readonly share: number;
  readonly trials: number;
}

/** A trigger that is checked every hour for a month while nothing changes. */
export interface MonthCase {
  readonly kind: "month";
  readonly source: Source;
  readonly size: number;
  /** "sampled": each check draws from all the documents anew. "replaced": it sees other documents each time. */
  readonly check: "sampled" | "replaced";
  readonly trigger: number;
  readonly checks: number;
}

export type Case = GridCase | MonthCase;

const SIZES: Readonly<Record<Source, readonly number[]>> = {
  digits: [100, 200, 500, 1000, 2000],
  texts: [100, 300],
  pixels: [2000],
};
/** What is new of the later documents, and how large a share; in the order of the tables of docs/drift.md. */
export const CHANGES: readonly (readonly [Scenario, number])[] = [
  ["independent", 0],
  ["turnover", 0],
  ["independent", 0.05],
  ["independent", 0.1],
  ["independent", 0.2],
  ["independent", 0.5],
  ["turnover", 0.1],
];

/** Largest first, so that the processes end together. */
export function findCases(only: string | undefined, scale: number): Case[] {
  const times = (count: number): number => Math.max(4, Math.round(count * scale));
  const cases: Case[] = [];
  for (const check of ["sampled", "replaced"] as const) {
    for (const [size, triggers] of [[2000, 8], [500, 8]] as const) {
      for (let trigger = 0; trigger < triggers; trigger++) {
        cases.push({ kind: "month", source: "digits", size, check, trigger, checks: times(720) });
      }
    } // prettier-ignore
  }
  for (const { name: metric } of METRICS) {
    const isMain = metric === "embedding_drift";
    for (const source of ["pixels", "digits", "texts"] as const) {
      for (const size of SIZES[source]) {
        for (const [scenario, share] of CHANGES) {
          if (source === "pixels" && !(isMain && scenario === "independent" && [0, 0.1].includes(share))) continue; // prettier-ignore
          cases.push({ kind: "grid", source, metric, size, scenario, share, trials: times(trialsOf(isMain, source, size, share)) }); // prettier-ignore
        }
      }
    }
  }
  const wanted = cases.filter((one) => only === undefined || only.split(",").some((name) => nameOf(one).startsWith(name))); // prettier-ignore
  if (wanted.length === 0)
    throw new Error(`--only names '${only}'; calibration has month and: ${METRICS.map(({ name }) => name).join(", ")}.`); // prettier-ignore
  return wanted.sort((a, b) => costOf(b) - costOf(a));
}

export function nameOf(one: Case): string {
  const { source, size } = one;
  return one.kind === "grid"
    ? `${one.metric} ${source} ${size} ${one.scenario} ${one.share * 100} %`
    : `month ${source} ${size} ${one.check} ${one.trigger}`;
}

/** What is rare needs many: false alarms of the main metric, and its detection at the bar it is held to. */
function trialsOf(isMain: boolean, source: Source, size: number, share: number): number {
  const isLarge = size >= 1000;
  if (!isMain) return (share === 0 ? 60 : 24) / (isLarge ? 2 : 1);
  if (source === "pixels") return share === 0 ? 40 : 100;
  if (share === 0) return source === "texts" ? 100 : isLarge ? 300 : 600;
  return share === 0.1 && size === 2000 ? 200 : 60;
}

function costOf(one: Case): number {
  return one.kind === "month"
    ? one.checks * one.size
    : one.trials * one.size * (one.metric === "mmd" ? 4 : 1) * (one.source === "digits" ? 1 : 4);
}
