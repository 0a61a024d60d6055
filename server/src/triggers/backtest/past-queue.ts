import { addMs } from "../../platform/clock.ts";
import type { ClusterQueue, RunInTheWay } from "../cluster-queue.ts";

/** A run that really was, of the cluster a backtest is about. */
export interface PastRun {
  readonly runId: string;
  readonly triggeredAt: Date;
  /** Null: it never started. */
  readonly startedAt: Date | null;
  /** Null: it has not ended. */
  readonly endedAt: Date | null;
}

interface SimulatedRun {
  readonly id: string;
  readonly triggeredAt: Date;
  readonly startsAt: Date;
  endsAt: Date;
}

/**
 * What a cluster was computing at an instant of the past: the runs that really were, and those a backtest makes. One
 * run computes at a time, in order; a made one starts when the cluster is free and lasts as long as it is told.
 */
export class PastQueue {
  readonly #past: readonly PastRun[];
  #next = 0;
  #open: PastRun[] = [];
  #made: SimulatedRun[] = [];
  #count = 0;
  #computedMs = 0;

  /** `past` by triggeredAt. */
  constructor(past: readonly PastRun[]) {
    this.#past = past;
  }

  /** Milliseconds the made runs compute in all. */
  get computedMs(): number {
    return this.#computedMs;
  }

  /** The queue at an instant, which must not lie before the one asked for last. */
  at(now: Date): ClusterQueue {
    for (let run = this.#past[this.#next]; run && run.triggeredAt <= now; run = this.#past[this.#next]) {
      this.#open.push(run);
      this.#next++;
    }
    this.#open = this.#open.filter((run) => run.endedAt === null || run.endedAt > now);
    this.#made = this.#made.filter((run) => run.endsAt > now);
    const started = this.#open.find((run) => run.startedAt !== null && run.startedAt <= now);
    const starts = this.#made.find((run) => run.startsAt <= now);
    const waits = this.#open.find((run) => run.startedAt === null || run.startedAt > now);
    const waitsMade = this.#made.find((run) => run.startsAt > now);
    return {
      running: started ? real(started, "processing") : starts ? made(starts, "processing") : null,
      waiting: waits ? real(waits, "pending") : waitsMade ? made(waitsMade, "pending") : null,
    };
  }

  /** When the next run that is open now ends; null if none does. */
  nextEnd(): Date | null {
    const ends = [...this.#open.map((run) => run.endedAt), ...this.#made.map((run) => run.endsAt)];
    return ends.reduce((first, end) => (end !== null && (first === null || end < first) ? end : first), null);
  }

  /** Adds a run that a firing makes; with `cancel` it replaces the made ones before it. */
  make(triggeredAt: Date, durationMs: number, cancel: boolean): void {
    if (cancel) this.#cancelMade(triggeredAt);
    const busyUntil = [
      triggeredAt,
      ...this.#open.map((run) => (cancel ? triggeredAt : (run.endedAt ?? triggeredAt))),
      ...this.#made.map((run) => run.endsAt),
    ];
    const startsAt = new Date(Math.max(...busyUntil.map((instant) => instant.getTime())));
    this.#made.push({
      id: `backtest-${++this.#count}`,
      triggeredAt,
      startsAt,
      endsAt: addMs(startsAt, durationMs),
    });
    this.#computedMs += durationMs;
  }

  #cancelMade(now: Date): void {
    for (const run of this.#made) {
      const left = run.endsAt.getTime() - Math.max(now.getTime(), run.startsAt.getTime());
      this.#computedMs -= Math.max(0, left);
      run.endsAt = now;
    }
    this.#made = [];
  }
}

function real(run: PastRun, status: string): RunInTheWay {
  return { run_id: run.runId, status, triggered_at: run.triggeredAt.toISOString() };
}

function made(run: SimulatedRun, status: string): RunInTheWay {
  return { run_id: run.id, status, triggered_at: run.triggeredAt.toISOString() };
}
