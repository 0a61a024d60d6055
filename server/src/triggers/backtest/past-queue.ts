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
  /** Real runs that have not ended, by triggeredAt, and when the first of them ends. */
  #open: PastRun[] = [];
  #openEnds = Infinity;
  /** Made runs, one behind the other; those before `#first` have ended. */
  readonly #made: SimulatedRun[] = [];
  #first = 0;
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
      this.#openEnds = Math.min(this.#openEnds, endOf(run));
      this.#next++;
    }
    if (this.#openEnds <= now.getTime()) {
      this.#open = this.#open.filter((run) => endOf(run) > now.getTime());
      this.#openEnds = this.#open.reduce((first, run) => Math.min(first, endOf(run)), Infinity);
    }
    while (this.#made[this.#first] && this.#made[this.#first]!.endsAt <= now) this.#first++;
    const started = this.#open.find((run) => run.startedAt !== null && run.startedAt <= now);
    const waits = this.#open.find((run) => run.startedAt === null || run.startedAt > now);
    const first = this.#made[this.#first];
    const computes = first && first.startsAt <= now;
    const waitsMade = computes ? this.#made[this.#first + 1] : first;
    return {
      running: started ? real(started, "processing") : computes ? made(first, "processing") : null,
      waiting: waits ? real(waits, "pending") : waitsMade ? made(waitsMade, "pending") : null,
    };
  }

  /** When the next run that is open now ends; null if none does. */
  nextEnd(): Date | null {
    const end = Math.min(this.#openEnds, this.#made[this.#first]?.endsAt.getTime() ?? Infinity);
    return end === Infinity ? null : new Date(end);
  }

  /** Adds a run that a firing makes; with `cancel` it replaces the made ones before it and ends the real one. */
  make(triggeredAt: Date, durationMs: number, cancel: boolean): void {
    if (cancel) this.#cancelMade(triggeredAt);
    let startsAt = Math.max(triggeredAt.getTime(), this.#made.at(-1)?.endsAt.getTime() ?? -Infinity);
    // One that has not ended to this day says nothing about when its successor could have started.
    if (!cancel)
      for (const run of this.#open) startsAt = Math.max(startsAt, run.endedAt?.getTime() ?? startsAt);
    this.#made.push({
      id: `backtest-${this.#made.length + 1}`,
      triggeredAt,
      startsAt: new Date(startsAt),
      endsAt: new Date(startsAt + durationMs),
    });
    this.#computedMs += durationMs;
  }

  #cancelMade(now: Date): void {
    for (; this.#first < this.#made.length; this.#first++) {
      const run = this.#made[this.#first]!;
      this.#computedMs -= Math.max(0, run.endsAt.getTime() - Math.max(now.getTime(), run.startsAt.getTime()));
      run.endsAt = now;
    }
  }
}

function endOf(run: PastRun): number {
  return run.endedAt?.getTime() ?? Infinity;
}

function real(run: PastRun, status: string): RunInTheWay {
  return { run_id: run.runId, status, triggered_at: run.triggeredAt.toISOString() };
}

function made(run: SimulatedRun, status: string): RunInTheWay {
  return { run_id: run.id, status, triggered_at: run.triggeredAt.toISOString() };
}
