import { addMark, decideNaively } from "./naive-decide.ts";
import type {
  Config,
  NaiveCheck,
  NaiveFound,
  NaiveQueue,
  NaiveRun,
  NaiveTrigger,
  NaiveWrite,
} from "./naive-state.ts";

interface Limits {
  readonly failuresToFail: number;
  readonly probationSeconds: number;
}

/**
 * A simple-minded reimplementation of the semantics (sections 3 to 7), from their text: no queries, no schedules in
 * closed form, one world in memory.
 */
export class NaiveModel {
  readonly triggers: NaiveTrigger[] = [];
  readonly runs: NaiveRun[] = [];
  /** The event log of each collection. */
  readonly logs: NaiveWrite[][];
  /** The collections of each cluster. */
  readonly clusters: readonly (readonly number[])[];
  readonly limits: Limits;

  constructor(clusters: readonly (readonly number[])[], collections: number, limits: Limits) {
    this.clusters = clusters;
    this.limits = limits;
    this.logs = Array.from({ length: collections }, () => []);
  }

  create(trigger: NaiveTrigger): void {
    this.triggers.push(trigger);
    this.#watch(trigger);
    if (trigger.type === "conditional") {
      const completed = this.runs.filter(
        (run) => run.cluster === trigger.cluster && run.status === "completed",
      );
      completed.sort((a, b) => a.triggeredAt - b.triggeredAt || (a.id < b.id ? -1 : 1));
      trigger.baseline = completed.at(-1)?.id ?? null;
    }
    if (trigger.isOver) throw new Error("a new trigger cannot be over");
  }

  /** A scheduler decides everything that is due, in the order in which it is to be looked at. */
  round(now: number): void {
    const due = this.triggers.filter(({ schedulerLooksAt: at }) => at !== null && at <= now);
    due.sort((a, b) => a.looksAt! - b.looksAt! || (a.id < b.id ? -1 : 1));
    const queues = this.clusters.map((_, cluster) => this.#queueOf(cluster));
    const fired = due.flatMap((trigger) => this.#decide(trigger, now, false, queues[trigger.cluster]!));
    this.#cancelFor(fired);
  }

  /** A checker takes the check that waits longest; its newest instant is the one it answers. */
  claimCheck(now: number, leaseMs: number): { trigger: NaiveTrigger; check: NaiveCheck } | null {
    const due = this.triggers.filter(({ checkAt }) => checkAt !== null && checkAt <= now);
    due.sort((a, b) => a.checkAt! - b.checkAt! || (a.id < b.id ? -1 : 1));
    const trigger = due[0];
    if (!trigger) return null;
    const check = { due: trigger.dueUpTo(now).at(-1)!, baseline: trigger.baseline, until: now + leaseMs };
    trigger.check = check;
    trigger.recheckAt = null;
    return { trigger, check };
  }

  /** What becomes of a check that was made. */
  endCheck(trigger: NaiveTrigger, check: NaiveCheck, found: NaiveFound, now: number): string {
    if (trigger.check !== check) return "not_ours";
    if (trigger.baseline !== check.baseline) {
      trigger.check = null;
      trigger.recheckAt = check.due;
      return "again";
    }
    const queue = this.#queueOf(trigger.cluster);
    this.#cancelFor(this.#decide(trigger, now, false, queue, { due: check.due, found }));
    trigger.lastCheck = now;
    if (found.kind !== "failed") {
      trigger.failures -= trigger.failedChecks;
      trigger.failedChecks = 0;
    } else {
      trigger.failures++;
      trigger.failedChecks++;
      if (trigger.status === "active" && trigger.failures >= this.limits.failuresToFail) this.#fail(trigger, now);
    }
    return "recorded";
  } // prettier-ignore

  /** An edit: `config` is the whole new one. */
  edit(trigger: NaiveTrigger, config: Config, now: number): void {
    this.#settle(trigger, now);
    const before = trigger.config;
    const { waiting } = trigger;
    const cools = waiting !== null && waiting > now && waiting !== trigger.trialAt;
    trigger.config = config;
    if (config.anchor_at !== undefined) trigger.origin = Date.parse(config.anchor_at as string);
    else if (config.interval_seconds !== before.interval_seconds) trigger.origin = now;
    else if (before.anchor_at !== undefined) trigger.origin = trigger.createdAt;
    trigger.openSkip = null;
    if (trigger.type === "conditional") {
      if (config.check_interval_seconds !== before.check_interval_seconds) trigger.origin = now;
      if (config.threshold !== before.threshold) trigger.breaches = 0;
    }
    if (trigger.status === "failed" && before.probation !== config.probation) {
      trigger.trialAt = config.probation === true ? this.#trialFrom(now) : null;
    }
    if (trigger.type === "event") {
      this.#watch(trigger);
      trigger.waiting = null;
    }
    trigger.isClosed &&= trigger.isOver;
    if (trigger.isOver) this.#settle(trigger, now);
    this.#becomeDue(trigger, cools ? Math.max(now, trigger.cooldownEnd) : now);
  }

  pause(trigger: NaiveTrigger, now: number): void {
    if (trigger.status === "paused") return;
    this.#settle(trigger, now);
    this.#setStatus(trigger, "paused");
  }

  resume(trigger: NaiveTrigger, now: number): void {
    if (trigger.status === "active") return;
    this.#settle(trigger, now);
    this.#activate(trigger, now);
  }

  disable(trigger: NaiveTrigger, now: number): void {
    if (trigger.status === "disabled") return;
    this.#settle(trigger, now);
    if (!trigger.isClosed) addMark(trigger, { now }, "disabled", now);
    this.#setStatus(trigger, "disabled");
    trigger.waiting = null;
    trigger.frozenCounter = this.counterOf(trigger);
  }

  runNow(trigger: NaiveTrigger, now: number): NaiveRun {
    const run = this.#makeRun(trigger, null, now);
    addMark(trigger, { now }, "manual", run.triggeredAt, run);
    return run;
  }

  runCluster(cluster: number, now: number): NaiveRun {
    const run = newRun({ cluster, trigger: null, ordinal: 0, dueAt: null, triggeredAt: now, consumed: null });
    this.runs.push(run);
    return run;
  }

  documents(collection: number, write: NaiveWrite, now: number): void {
    const counting = this.triggers.filter(
      ({ positions, status }) => status !== "disabled" && positions.has(collection),
    );
    const before = new Map(counting.map((trigger) => [trigger, this.counterOf(trigger)]));
    this.logs[collection]!.push(write);
    for (const [trigger, counter] of before) if (counter < trigger.threshold) this.#becomeDue(trigger, now);
  }

  /** The runs a worker may take now: of each free cluster the one that waits longest. */
  takable(): NaiveRun[] {
    return this.clusters.flatMap((_, cluster) => {
      const { running, waiting } = this.#queueOf(cluster);
      return running === null && waiting !== null ? [waiting] : [];
    });
  }

  open(): NaiveRun[] {
    return this.runs.filter(({ status }) => status === "pending" || status === "processing");
  }

  end(run: NaiveRun, status: "completed" | "failed" | "canceled", now: number): void {
    const { trigger } = run;
    run.status = status;
    if (trigger) this.#tell(trigger, run, now);
    for (const other of this.triggers) {
      if (status !== "completed" || other.cluster !== run.cluster) continue;
      if (other.type !== "conditional" || other.status === "disabled") continue;
      other.baseline = run.id;
      other.breaches = 0;
      other.uncleared = false;
    }
    // What it fired for is still so.
    const fired = trigger?.runs.findLast(({ dueAt }) => dueAt !== null);
    if (trigger && fired === run && status === "failed") trigger.uncleared = false;
    if (trigger && run.consumed && status === "failed") this.#giveBack(trigger, run, run.consumed);
    for (const other of this.triggers) {
      if (other.status !== "disabled" && (other === trigger || other.cluster === run.cluster)) {
        this.#becomeDue(other, now);
      }
    }
  }

  counterOf(trigger: NaiveTrigger): number {
    if (trigger.type !== "event") return 0;
    if (trigger.frozenCounter !== null) return trigger.frozenCounter;
    let sum = 0;
    for (const [collection, position] of trigger.positions) {
      for (const write of this.logs[collection]!.slice(position)) {
        sum += write[trigger.config.event_type as keyof NaiveWrite];
      }
    }
    return sum;
  }

  #tell(trigger: NaiveTrigger, run: NaiveRun, now: number): void {
    if (run.status === "completed") trigger.failures = trigger.failedChecks = 0;
    if (run.status === "failed") trigger.failures++;
    if (trigger.trialRun === run) {
      this.#settle(trigger, now);
      if (run.status === "completed") return this.#activate(trigger, now);
      trigger.trialRun = null;
      trigger.openSkip = null;
      const again = run.status === "canceled" && trigger.config.probation === true;
      trigger.trialAt = again ? this.#trialFrom(now) : null;
    } else if (trigger.status === "active" && trigger.failures >= this.limits.failuresToFail) {
      this.#fail(trigger, now);
    }
  }

  #fail(trigger: NaiveTrigger, now: number): void {
    this.#settle(trigger, now);
    this.#setStatus(trigger, "failed");
    if (trigger.config.probation === true) trigger.trialAt = this.#trialFrom(now);
  }

  #trialFrom(now: number): number {
    return now + this.limits.probationSeconds * 1000;
  }

  #giveBack(trigger: NaiveTrigger, run: NaiveRun, consumed: ReadonlyMap<number, number>): void {
    if (trigger.runs.some(({ status, ordinal }) => status === "completed" && ordinal > run.ordinal)) return;
    for (const [collection, from] of consumed) {
      const position = trigger.positions.get(collection);
      if (position !== undefined) trigger.positions.set(collection, Math.min(position, from));
    }
  }

  #activate(trigger: NaiveTrigger, now: number): void {
    this.#setStatus(trigger, "active");
    trigger.failures = trigger.failedChecks = 0;
    this.#becomeDue(trigger, now);
  }

  #setStatus(trigger: NaiveTrigger, status: NaiveTrigger["status"]): void {
    // An instant at which only a trial was to be made is none of any other state.
    if (trigger.waiting !== null && trigger.waiting === trigger.trialAt) trigger.waiting = null;
    trigger.status = status;
    trigger.trialAt = null;
    trigger.trialRun = null;
    trigger.openSkip = null;
    trigger.check = trigger.recheckAt = null;
  }

  /** An event trigger that has counted enough is due at `at`, unless it is due already; never at an instant that has its row. */
  #becomeDue(trigger: NaiveTrigger, at: number): void {
    if (trigger.type !== "event" || trigger.waiting !== null || trigger.isClosed) return;
    if (this.counterOf(trigger) < trigger.threshold) return;
    const due = Math.max(at, trigger.decidedThrough + 1, trigger.startAt ?? -Infinity);
    if (trigger.endAt === null || due <= trigger.endAt) trigger.waiting = due;
  }

  #watch(trigger: NaiveTrigger): void {
    if (trigger.type !== "event") return;
    const own = trigger.config.collection_id as string | undefined;
    const watched = own === undefined ? this.clusters[trigger.cluster]! : [Number(own)];
    for (const collection of trigger.positions.keys()) {
      if (!watched.includes(collection)) trigger.positions.delete(collection);
    }
    for (const collection of watched) {
      if (!trigger.positions.has(collection))
        trigger.positions.set(collection, this.logs[collection]!.length);
    }
  }

  /** Everything due before a change, in the old state. */
  #settle(trigger: NaiveTrigger, now: number): void {
    this.#cancelFor(this.#decide(trigger, now, true, this.#queueOf(trigger.cluster)));
  }

  #decide(
    trigger: NaiveTrigger,
    now: number,
    hurry: boolean,
    queue: NaiveQueue,
    check?: { due: number; found: NaiveFound },
  ): NaiveRun[] {
    const fired: NaiveRun[] = [];
    const makeRun = (dueAt: number) => {
      const run = this.#makeRun(trigger, dueAt, now);
      fired.push(run);
      return run;
    };
    decideNaively(trigger, {
      now,
      hurry,
      queue,
      counter: () => this.counterOf(trigger),
      makeRun,
      ...(check ? { check } : {}),
    });
    if (trigger.config.missed !== "all") return fired;
    const catchingUp = trigger.rows.filter(({ reason, isTrial }) => reason === "catch_up" && !isTrial);
    return fired.filter((run) => !catchingUp.some((row) => row.run === run));
  }

  #makeRun(trigger: NaiveTrigger, dueAt: number | null, now: number): NaiveRun {
    const triggeredAt = Math.max(now, (trigger.lastTriggered ?? -Infinity) + 1);
    const consumes = dueAt !== null && trigger.type === "event";
    const behind = [...trigger.positions].filter(([collection, at]) => at < this.logs[collection]!.length);
    const run = newRun({
      ...{ cluster: trigger.cluster, trigger, ordinal: trigger.runs.length, dueAt, triggeredAt },
      consumed: consumes ? new Map(behind) : null,
    });
    if (consumes)
      for (const [collection] of behind) trigger.positions.set(collection, this.logs[collection]!.length);
    trigger.lastTriggered = triggeredAt;
    trigger.runs.push(run);
    this.runs.push(run);
    return run;
  }

  /** `cancel_running`: what computes, and what the trigger itself has waiting; requested when a round is over. */
  #cancelFor(fired: readonly NaiveRun[]): void {
    for (const { trigger, cluster } of fired) {
      if (trigger!.overlap !== "cancel_running") continue;
      for (const run of this.open()) {
        const isOwn = run.status === "pending" && run.trigger === trigger;
        if (run.cluster !== cluster || fired.includes(run)) continue;
        if (run.status === "processing" || isOwn) run.cancelRequested = true;
      }
    }
  }

  #queueOf(cluster: number): NaiveQueue {
    const own = this.open().filter((run) => run.cluster === cluster);
    const waiting = own.filter(({ status, cancelRequested }) => status === "pending" && !cancelRequested);
    waiting.sort((a, b) => a.triggeredAt - b.triggeredAt || (a.id < b.id ? -1 : 1));
    return {
      running: own.find(({ status }) => status === "processing") ?? null,
      waiting: waiting[0] ?? null,
    };
  }
}

function newRun(run: Omit<NaiveRun, "id" | "status" | "cancelRequested">): NaiveRun {
  return { ...run, id: "", status: "pending", cancelRequested: false };
}
