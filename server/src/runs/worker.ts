import { type Clock, systemClock } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { Loop, type Service } from "../platform/service.ts";
import { after, every } from "../platform/timers.ts";
import { endRequestedCancels } from "./cancel-execution.ts";
import { claimRun, msUntilRetry } from "./claim-run.ts";
import { type AttemptOutcome, endAttempt } from "./end-attempt.ts";
import { HeldRun } from "./held-run.ts";
import { readLeases, type RenewedLease, renewLeases } from "./lease.ts";
import { ProcessPool } from "./process/process-pool.ts";
import { runAttempt } from "./run-attempt.ts";
import { cleanUpRun, removeIfDeleted } from "./run-files.ts";
import type { RunsDeps } from "./runs-deps.ts";
import { whileDatabaseAway } from "./while-database-away.ts";

export interface WorkerOptions {
  readonly workerId?: string;
  /** How long a lease holds without being renewed. */
  readonly leaseMs?: number;
  readonly heartbeatMs?: number;
  /** How often to look for executions when nothing wakes the worker. */
  readonly pollMs?: number;
  /** Of this process; leases are the database's. */
  readonly processClock?: Clock;
}

/** Takes executions, computes them in child processes, records how they end. Any number of workers on one database. */
export interface Worker extends Service {
  readonly workerId: string;
  /** One round: takes what there is room for and waits until it has ended. */
  runOnce(): Promise<{ readonly claimed: number }>;
}

const TICK_MS = 1_000;

/**
 * Announces `worker.claimed` and `worker.ended` ({runId, attempt, status}), `worker.computing` ({runId, pid}) and
 * `worker.progress` ({runId, progress}).
 */
export function createWorker(deps: RunsDeps, options: WorkerOptions = {}): Worker {
  return new RunWorker(deps, options);
}

class RunWorker implements Worker {
  readonly name = "worker";
  readonly workerId: string;
  readonly #deps: RunsDeps;
  readonly #options: Required<Omit<WorkerOptions, "workerId">>;
  readonly #pool: ProcessPool;
  readonly #loop: Loop;
  readonly #held = new Map<string, HeldRun>();
  /** When each namespace had its last turn here, by a counter of turns. */
  readonly #lastServed = new Map<string, number>();
  #turn = 0;
  #renewedAtMs = -Infinity;
  #ticking = false;
  #endings: (() => void)[] = [];

  constructor(deps: RunsDeps, options: WorkerOptions) {
    this.#deps = deps;
    const { workerId = newId("worker"), leaseMs = 30_000, heartbeatMs = 8_000, pollMs = 15_000 } = options;
    this.workerId = workerId;
    this.#options = { leaseMs, heartbeatMs, pollMs, processClock: options.processClock ?? systemClock };
    this.#pool = new ProcessPool({
      size: deps.config.runsAtOnce,
      memoryBytes: deps.config.runMemoryBytes,
    });
    this.#loop = new Loop({
      name: this.name,
      logger: deps.logger,
      signals: deps.signals,
      clock: this.#options.processClock,
      runOnce: (signal) => this.#round(signal),
    });
  }

  async start(): Promise<void> {
    const { wakes } = this.#deps.db;
    this.#pool.warm();
    this.#endings = [
      wakes.on("runs", () => this.#loop.wake()),
      wakes.on("cancels", () => void this.#heedCancels()),
      every(TICK_MS, () => void this.#tick()),
    ];
    await this.#loop.start();
  }

  /** Gives back what is being computed: another server, or this one after its restart, takes it up at once. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    for (const held of this.#held.values()) held.stop("stopping");
    await Promise.all([...this.#held.values()].map((held) => held.ended));
    for (const end of this.#endings) end();
    await this.#pool.stop();
  }

  async runOnce(): Promise<{ claimed: number }> {
    const endTicks = every(TICK_MS, () => void this.#tick());
    const endCancels = this.#deps.db.wakes.on("cancels", () => void this.#heedCancels());
    try {
      const claimed = await this.#claimAll(new AbortController().signal);
      await Promise.all([...this.#held.values()].map((held) => held.ended));
      return { claimed };
    } finally {
      endTicks();
      endCancels();
    }
  }

  /** Returns how long the loop may sleep. */
  async #round(signal: AbortSignal): Promise<number> {
    await this.#claimAll(signal);
    const { pollMs } = this.#options;
    if (this.#held.size >= this.#deps.config.runsAtOnce) return pollMs;
    const retryMs = await msUntilRetry(this.#deps.db.sql, this.#deps.clock);
    // One that is due and was not taken is in another worker's hands at this moment.
    return retryMs === undefined ? pollMs : Math.min(pollMs, Math.max(retryMs, 100));
  }

  async #claimAll(signal: AbortSignal): Promise<number> {
    const { db, clock, config } = this.#deps;
    const { leaseMs, processClock } = this.#options;
    let count = 0;
    while (this.#held.size < config.runsAtOnce && !signal.aborted) {
      const askedAtMs = processClock.monotonicMs();
      const claimed = await claimRun(db, {
        clock,
        worker: this.workerId,
        leaseMs,
        lastServed: this.#lastServed,
      });
      if (!claimed) break;
      this.#lastServed.set(claimed.namespaceId, ++this.#turn);
      const held = new HeldRun(claimed, askedAtMs + leaseMs);
      this.#held.set(claimed.runId, held);
      held.ended = this.#carryOut(held);
      count++;
    }
    return count;
  }

  async #carryOut(held: HeldRun): Promise<void> {
    const { claimed } = held;
    const { runId, attempt } = claimed;
    const { logger, signals, config } = this.#deps;
    logger.info({ runId, attempt, clusterId: claimed.clusterId }, "run started");
    signals.announce("worker.claimed", { runId, attempt });
    const { processClock } = this.#options;
    const endsAtMs = processClock.monotonicMs() + config.runSeconds * 1000;
    const endTimeLimit = after(config.runSeconds * 1000, () => held.stop("time_limit"));
    try {
      const outcome = await runAttempt(this.#deps, claimed, this.#pool, {
        signal: held.signal,
        msLeft: () => endsAtMs - processClock.monotonicMs(),
        onProgress: (progress) => {
          held.setProgress(progress);
          signals.announce("worker.progress", { runId, progress });
        },
        onChild: (child) => {
          held.setChild(child, processClock.monotonicMs());
          signals.announce("worker.computing", { runId, pid: child.pid });
        },
      });
      const status = outcome ? await this.#record(held, outcome) : "not_ours";
      if (status === "not_ours") await removeIfDeleted(this.#deps, runId);
      logger.info({ runId, attempt, status, ...reasonOf(outcome) }, "run attempt ended");
      signals.announce("worker.ended", { runId, attempt, status });
    } catch (error) {
      // Nothing could be recorded. The lease runs out and the reaper records the attempt as lost.
      logger.error({ err: error, runId, attempt }, "recording the end of a run failed");
      signals.announce("worker.ended", { runId, attempt, status: "not_recorded" });
    } finally {
      endTimeLimit();
      this.#held.delete(runId);
      this.#pool.warm();
      this.#loop.wake();
    }
  }

  async #record(held: HeldRun, outcome: AttemptOutcome): Promise<string> {
    const { claimed, signal } = held;
    const end = await whileDatabaseAway(signal, () => endAttempt(this.#deps, claimed, outcome));
    if ("released" in end) await cleanUpRun(this.#deps, claimed.runId, end);
    return end.status;
  }

  /** Once a second: gives up what could not be renewed, renews what is due, stores progress. */
  async #tick(): Promise<void> {
    const { leaseMs, heartbeatMs, processClock } = this.#options;
    const nowMs = processClock.monotonicMs();
    for (const held of this.#held.values()) held.stopIfExpired(nowMs);
    if (this.#ticking || this.#held.size === 0) return;
    this.#ticking = true;
    try {
      if (nowMs - this.#renewedAtMs >= heartbeatMs) {
        const known = [...this.#held.values()];
        const leases = await renewLeases(this.#deps.db.sql, this.#deps.clock, this.workerId, leaseMs);
        this.#renewedAtMs = nowMs;
        for (const held of this.#stopLost(known, leases)) {
          held.renewed(nowMs + leaseMs, processClock.monotonicMs());
        }
      }
      for (const held of this.#held.values()) await held.storeProgress(this.#deps.db.sql);
    } catch (error) {
      this.#deps.logger.warn({ err: error }, "renewing leases failed; trying again");
    } finally {
      this.#ticking = false;
    }
  }

  async #heedCancels(): Promise<void> {
    const known = [...this.#held.values()];
    try {
      if (known.length > 0) this.#stopLost(known, await readLeases(this.#deps.db.sql, this.workerId));
      await endRequestedCancels(this.#deps);
    } catch (error) {
      // The next renewal reads the same, and the reaper ends what nobody holds.
      this.#deps.logger.warn({ err: error }, "looking for canceled runs failed");
    }
  }

  /** Stops what was canceled or is held no longer (taken by another, or deleted); returns the rest. */
  #stopLost(known: readonly HeldRun[], leases: readonly RenewedLease[]): HeldRun[] {
    const byRun = new Map(leases.map((lease) => [lease.run_id, lease]));
    return known.filter((held) => {
      const lease = byRun.get(held.claimed.runId);
      if (lease?.attempt !== held.claimed.attempt) held.stop("lease_lost");
      else if (lease.cancel_requested) held.stop("canceled");
      return !held.signal.aborted;
    });
  }
}

function reasonOf(outcome: AttemptOutcome | undefined) {
  return outcome && "message" in outcome ? { code: outcome.code, message: outcome.message } : {};
}
