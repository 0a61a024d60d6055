import { isDatabaseAway, isRetryable } from "../../db/database-errors.ts";
import { readClock } from "../../db/database-clock.ts";
import { systemClock } from "../../platform/clock.ts";
import { newId } from "../../platform/ids.ts";
import { Loop, type Service } from "../../platform/service.ts";
import { after, every } from "../../platform/timers.ts";
import { whileDatabaseAway } from "../../runs/while-database-away.ts";
import type { TriggersDeps } from "../deps.ts";
import { quarantine } from "../quarantine.ts";
import { lockTriggers } from "../store.ts";
import {
  type ClaimedCheck,
  claimCheck,
  releaseCheck,
  renewCheck,
  type UnreadableCheck,
  untilNextCheck,
} from "./check-lease.ts";
import type { FinishedCheck, Found } from "./finished-check.ts";
import { recordCheck } from "./record-check.ts";

/** Measures a condition. What it throws is the check's failure, unless the database is away. */
export type Measure = (claimed: ClaimedCheck, measuredAt: Date, signal: AbortSignal) => Promise<Found>;

export interface CheckerDeps extends TriggersDeps {
  readonly measure: Measure;
  /** Ends what measuring has kept ready. */
  readonly stopMeasuring: () => Promise<void>;
}

export interface CheckerOptions {
  readonly checkerId?: string;
  /** How long a lease holds without being renewed. */
  readonly leaseMs?: number;
  readonly heartbeatMs?: number;
  /** A check that takes longer has failed. */
  readonly limitMs?: number;
}

/** Makes the checks of conditional triggers that are due. Any number of checkers on one database. */
export interface Checker extends Service {
  /** Makes all that are due and waits until they are recorded; how many it took. */
  runOnce(): Promise<{ readonly claimed: number }>;
}

/** Checks made at once: they mostly wait, for the database, for a URL, for the one process that measures vectors. */
const AT_ONCE = 4;
/** It looks by itself this often, in case a wake-up was lost or the database's clock jumped. */
const LONGEST_SLEEP_MS = 15_000;
/** When what is due is in somebody else's hands at this moment. */
const LOCKED_SLEEP_MS = 100;

type Held = ClaimedCheck & { readonly abort: AbortController };

/** Announces `checker.claimed` and `checker.ended` ({triggerId, status}). */
export function createChecker(deps: CheckerDeps, options: CheckerOptions = {}): Checker {
  return new ConditionChecker(deps, options);
}

class ConditionChecker implements Checker {
  readonly name = "checker";
  readonly #deps: CheckerDeps;
  readonly #options: Required<CheckerOptions>;
  readonly #loop: Loop;
  readonly #held = new Map<Held, Promise<void>>();
  #endings: (() => void)[] = [];

  constructor(deps: CheckerDeps, options: CheckerOptions) {
    this.#deps = deps;
    const { checkerId = newId("worker"), leaseMs = 30_000, heartbeatMs = 8_000, limitMs = 300_000 } = options;
    this.#options = { checkerId, leaseMs, heartbeatMs, limitMs };
    this.#loop = new Loop({
      name: this.name,
      logger: deps.logger,
      signals: deps.signals,
      clock: systemClock,
      runOnce: (signal) => this.#round(signal),
    });
  }

  async start(): Promise<void> {
    this.#endings = [
      this.#deps.db.wakes.on("checks", () => this.#loop.wake()),
      every(this.#options.heartbeatMs, () => void this.#renewAll()),
    ];
    await this.#loop.start();
  }

  /** Gives back what is being measured: another server, or this one after its restart, makes it at once. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    for (const { abort } of this.#held.keys()) abort.abort("stopping");
    await Promise.all(this.#held.values());
    for (const end of this.#endings) end();
    await this.#deps.stopMeasuring();
  }

  async runOnce(): Promise<{ claimed: number }> {
    let claimed = 0;
    const endRenewing = every(this.#options.heartbeatMs, () => void this.#renewAll());
    try {
      for (let more = await this.#claimAll(); more > 0; more = await this.#claimAll()) {
        claimed += more;
        await Promise.all(this.#held.values());
      }
      return { claimed };
    } finally {
      endRenewing();
    }
  }

  async #round(signal: AbortSignal): Promise<number> {
    await this.#claimAll(signal);
    if (this.#held.size >= AT_ONCE) return LONGEST_SLEEP_MS;
    const wait = await untilNextCheck(this.#deps.db.sql, this.#deps.clock);
    if (wait === null) return LONGEST_SLEEP_MS;
    return Math.min(Math.max(wait, LOCKED_SLEEP_MS), LONGEST_SLEEP_MS);
  }

  async #claimAll(signal?: AbortSignal): Promise<number> {
    const { db, clock } = this.#deps;
    const { checkerId: owner, leaseMs } = this.#options;
    let count = 0;
    while (this.#held.size < AT_ONCE && !signal?.aborted) {
      const claimed = await claimCheck(db, { clock, owner, leaseMs });
      if (!claimed) break;
      count++;
      if ("error" in claimed) {
        await this.#quarantine(claimed);
        continue;
      }
      const held: Held = { ...claimed, abort: new AbortController() };
      this.#held.set(held, this.#carryOut(held));
    }
    return count;
  }

  async #carryOut(held: Held): Promise<void> {
    const { logger, signals } = this.#deps;
    const { triggerId } = held;
    // The caller has to put it among those held first.
    await Promise.resolve();
    signals.announce("checker.claimed", { triggerId });
    let status = "not_recorded";
    try {
      status = await this.#check(held);
    } catch (error) {
      // Its lease runs out and it is made again.
      logger.warn({ err: error, trigger: triggerId }, "a check could not be recorded; it is made again");
    } finally {
      this.#held.delete(held);
      signals.announce("checker.ended", { triggerId, status });
      this.#loop.wake();
    }
  }

  async #check(held: Held): Promise<string> {
    const { db, clock, logger } = this.#deps;
    const { signal } = held.abort;
    const { limitMs } = this.#options;
    const measuredAt = await readClock(db.sql, clock);
    const endLimit = after(limitMs, () => held.abort.abort("time_limit"));
    let found: Found;
    try {
      found = await this.#deps.measure(held, measuredAt, signal);
    } catch (error) {
      if (signal.reason === "stopping") return await this.#giveBack(held);
      if (signal.reason === "lease_lost") return "not_ours";
      if (signal.reason !== "time_limit" && (isDatabaseAway(error) || isRetryable(error))) throw error;
      found =
        signal.reason === "time_limit"
          ? failure(new Error(`It took longer than ${limitMs / 1000} seconds and was ended.`))
          : failure(error);
      logger.warn({ err: error, trigger: held.triggerId }, "a check failed");
    } finally {
      endLimit();
    }
    const check: FinishedCheck = { dueAt: held.dueAt, measuredAt, found };
    return whileDatabaseAway(signal, () => recordCheck(this.#deps, held, check));
  }

  async #giveBack(held: Held): Promise<string> {
    await releaseCheck(this.#deps.db.sql, this.#deps.clock, held);
    return "given_back";
  }

  /** A trigger that was changed meanwhile has taken its check away: measuring on would be for nothing. */
  async #renewAll(): Promise<void> {
    const { db, clock, logger } = this.#deps;
    for (const held of this.#held.keys()) {
      try {
        if (!(await renewCheck(db.sql, clock, held, this.#options.leaseMs))) held.abort.abort("lease_lost");
      } catch (error) {
        logger.warn({ err: error, trigger: held.triggerId }, "renewing a check's lease failed; trying again");
      }
    }
  }

  async #quarantine({ triggerId, error }: UnreadableCheck): Promise<void> {
    const { db, clock } = this.#deps;
    await db.transaction(async (tx) => {
      const [row] = await lockTriggers(tx, [triggerId]);
      if (row) await quarantine(this.#deps, tx, row, await readClock(tx, clock), error);
    });
  }
}

function failure(error: unknown): Found {
  const message = error instanceof Error ? error.message : String(error);
  const { code, details } = error as { code?: unknown; details?: Record<string, unknown> };
  return {
    kind: "failed",
    error: message,
    details: { ...(typeof code === "string" ? { code } : {}), ...(details ? { details } : {}) },
  };
}
