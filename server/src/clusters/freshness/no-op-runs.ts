import type { NoOpRuns } from "#contract/freshness.ts";

/** What a completed run has changed since the one before. */
export interface ChangedRun {
  readonly endedAt: Date;
  /** Documents that were added, removed, or went to another cluster, over those that either run had. */
  readonly changedShare: number;
}

/** A run that changes less was not worth its price. */
export const NO_OP_SHARE = 0.01;
/** Fewer tell nothing of a habit. */
const FEWEST_RUNS = 3;

/**
 * How many of a cluster's last runs changed next to nothing, and how seldom would have been often enough: changes add up
 * (an upper bound, as a document may go back), and a run was needed when what had added up since the last needed one
 * reached the share. The cadence is the shortest time between two that were needed, so no change would have waited longer.
 *
 * @param runs newest first
 * @returns null while there are too few runs
 */
export function noOpRuns(runs: readonly ChangedRun[]): NoOpRuns | null {
  if (runs.length < FEWEST_RUNS) return null;
  const unchanged = runs.filter(({ changedShare }) => changedShare < NO_OP_SHARE).length;
  const oldestFirst = runs.toReversed();
  let neededAt = oldestFirst[0]!.endedAt.getTime();
  let addedUp = 0;
  let shortest = Infinity;
  for (const { endedAt, changedShare } of oldestFirst.slice(1)) {
    addedUp += changedShare;
    if (addedUp < NO_OP_SHARE) continue;
    shortest = Math.min(shortest, endedAt.getTime() - neededAt);
    neededAt = endedAt.getTime();
    addedUp = 0;
  }
  const span = runs[0]!.endedAt.getTime() - oldestFirst[0]!.endedAt.getTime();
  const enough = Math.floor(Math.min(shortest, span) / 1000);
  return {
    runs: runs.length,
    unchanged,
    below: NO_OP_SHARE,
    enough_every_seconds: unchanged === 0 ? null : enough,
    sentence: sentence(runs.length, unchanged, enough, shortest === Infinity),
  };
}

function sentence(runs: number, unchanged: number, enough: number, never: boolean): string {
  const share = `${100 * NO_OP_SHARE} %`;
  if (unchanged === 0) return `Each of the last ${runs} runs changed ${share} of the documents or more.`;
  const of = `${unchanged} of the last ${runs} runs changed under ${share} of the documents`;
  return never
    ? `${of}; all that came after the oldest of them together changed less, so none was needed in ${inWords(enough)}.`
    : `${of}; a run every ${inWords(enough)} would have been enough.`;
}

const UNITS = [
  { name: "day", seconds: 86_400 },
  { name: "hour", seconds: 3600 },
  { name: "minute", seconds: 60 },
] as const;

/** In the largest unit of which there are two or more, down to a whole one. */
function inWords(seconds: number): string {
  const unit = UNITS.find((candidate) => seconds >= 2 * candidate.seconds);
  if (!unit) return `${seconds} seconds`;
  return `${Math.floor(seconds / unit.seconds)} ${unit.name}s`;
}
