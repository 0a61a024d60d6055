import { dueBetween, nextAfter, type Instants } from "./naive-instants.ts";

/** What the model knows of a trigger's world, as plain values; all instants in milliseconds. */
export interface NaiveRow {
  readonly reason: string;
  readonly first: number;
  last: number;
  count: number;
  decidedAt: number;
  readonly run: NaiveRun | null;
  /** The execution in the way, for `overlap`. */
  readonly inTheWay: NaiveRun | null;
  readonly isTrial: boolean;
  /** What a stretch of checks was measured against. */
  readonly baseline: string | null;
}

export interface NaiveRun {
  /** The product's, known once it has made it. */
  id: string;
  readonly cluster: number;
  readonly trigger: NaiveTrigger | null;
  readonly ordinal: number;
  readonly dueAt: number | null;
  readonly triggeredAt: number;
  /** Where the trigger's positions were before it, by collection; null if it consumed nothing. */
  readonly consumed: ReadonlyMap<number, number> | null;
  status: "pending" | "processing" | "completed" | "failed" | "canceled";
  cancelRequested: boolean;
}

export interface NaiveQueue {
  readonly running: NaiveRun | null;
  waiting: NaiveRun | null;
}

export interface NaiveWrite {
  readonly documents_added: number;
  readonly documents_updated: number;
  readonly batch_completed: number;
}

export type Config = Readonly<Record<string, string | number | boolean>>;

export type NaiveType = "cron" | "interval" | "event" | "conditional";

/** What a check found, as the test gives it to the product. */
export interface NaiveFound {
  readonly kind: "measured" | "too_few" | "no_baseline" | "failed";
  readonly value: number | null;
  readonly p: number | null;
}

/** A check that is being made. */
export interface NaiveCheck {
  readonly due: number;
  readonly baseline: string | null;
  until: number;
}

export interface Birth {
  readonly id: string;
  readonly type: NaiveType;
  readonly cluster: number;
  readonly createdAt: number;
  /** Its delay in milliseconds for a `jitter_seconds`: drawn from its id, as only the product knows. */
  readonly jitter: (seconds: number) => number;
}

export class NaiveTrigger {
  readonly id: string;
  readonly type: NaiveType;
  readonly cluster: number;
  readonly createdAt: number;
  readonly jitter: (seconds: number) => number;
  readonly rows: NaiveRow[] = [];
  readonly runs: NaiveRun[] = [];
  /** The index of the next write to count, by collection. */
  readonly positions = new Map<number, number>();
  status: "active" | "paused" | "failed" | "disabled";
  config: Config;
  origin: number;
  /** Every instant up to here has its row. */
  decidedThrough: number;
  isClosed = false;
  failures = 0;
  /** Executions made by itself, which count against max_executions. */
  scheduled = 0;
  lastTriggered: number | null = null;
  lastCooldown: number | null = null;
  /** Of an event trigger: the instant at which it is due. */
  waiting: number | null = null;
  trialAt: number | null = null;
  trialRun: NaiveRun | null = null;
  /** The row that another skip for the same execution only makes longer. */
  openSkip: NaiveRow | null = null;
  /** Of a conditional trigger: checks in a row that found it met, whether it fired and was not cleared, the run measured against. */
  breaches = 0;
  uncleared = false;
  baseline: string | null = null;
  /** How many of its failures are checks. */
  failedChecks = 0;
  check: NaiveCheck | null = null;
  /** The instant of a check that is to be made again. */
  recheckAt: number | null = null;
  lastCheck: number | null = null;
  /** The counter when it was disabled: it counts no more. */
  frozenCounter: number | null = null;

  constructor(born: Birth, config: Config, status: "active" | "paused") {
    const { type, createdAt } = born;
    this.id = born.id;
    this.type = type;
    this.cluster = born.cluster;
    this.createdAt = createdAt;
    this.jitter = born.jitter;
    this.config = config;
    this.status = status;
    this.origin = config.anchor_at === undefined ? createdAt : Date.parse(config.anchor_at as string);
    const canBeDueNow = type === "event" || type === "conditional" || config.start_immediately === true;
    this.decidedThrough = canBeDueNow ? createdAt - 1 : createdAt;
  }

  get instants(): Instants {
    const { config } = this;
    if (this.type === "event") throw new Error("an event trigger has no instants of its own");
    return {
      grid:
        this.type === "cron"
          ? {
              kind: "cron",
              expression: config.cron_expression as string,
              zone: (config.timezone ?? "UTC") as string,
            }
          : {
              kind: "interval",
              step: this.stepSeconds * 1000,
              origin: this.origin,
              extra: config.start_immediately === true ? this.createdAt : null,
            },
      startAt: this.startAt,
      endAt: this.endAt,
    };
  }

  get stepSeconds(): number {
    if (this.type !== "conditional") return this.config.interval_seconds as number;
    return (this.config.check_interval_seconds ?? 3600) as number;
  }

  dueUpTo(through: number): number[] {
    return dueBetween(this.instants, this.decidedThrough, through);
  }

  nextAfter(after: number): number | null {
    return nextAfter(this.instants, after);
  }

  get startAt(): number | null {
    return this.config.start_at === undefined ? null : Date.parse(this.config.start_at as string);
  }

  get endAt(): number | null {
    return this.config.end_at === undefined ? null : Date.parse(this.config.end_at as string);
  }

  get delay(): number {
    return this.type === "event" ? 0 : this.jitter((this.config.jitter_seconds ?? 0) as number);
  }

  get overlap(): string {
    return (this.config.overlap ?? "skip") as string;
  }

  get threshold(): number {
    return this.config.event_threshold as number;
  }

  /** When its cooldown ends; in the past of everything if it never fired. */
  get cooldownEnd(): number {
    const seconds = (this.config.cooldown_seconds ?? 300) as number;
    return this.lastCooldown === null ? -Infinity : this.lastCooldown + seconds * 1000;
  }

  get isOver(): boolean {
    return (
      this.config.max_executions !== undefined && this.scheduled >= (this.config.max_executions as number)
    );
  }

  /** Whether it fires by itself what is due at `due`: it is active, or failed with its trial run to come by then. */
  firesAt(due: number): boolean {
    if (this.status === "failed")
      return this.trialAt !== null && this.trialRun === null && due >= this.trialAt;
    return this.status === "active";
  }

  /** When a checker takes its check: when it is due, or when the lease of whoever took it has run out. */
  get checkAt(): number | null {
    if (this.type !== "conditional" || this.nextDue === null) return null;
    return this.check ? this.check.until : (this.recheckAt ?? this.nextDue);
  }

  /** When a scheduler decides it: a conditional trigger only when it is over. */
  get schedulerLooksAt(): number | null {
    return this.type === "conditional" && this.nextDue !== null ? null : this.looksAt;
  }

  /** When it fires next, as people see it: its jitter included, and not before its trial. */
  get nextScheduled(): number | null {
    return this.nextDue === null ? null : this.looksAt;
  }

  /** The next instant that it may fire. */
  get nextDue(): number | null {
    const isTrialToCome = this.status === "failed" && this.trialAt !== null && this.trialRun === null;
    if (this.isClosed || (this.status !== "active" && !isTrialToCome)) return null;
    const from = isTrialToCome ? this.trialAt! : -Infinity;
    const next =
      this.type === "event"
        ? this.waiting && Math.max(this.waiting, from)
        : this.nextAfter(Math.max(this.decidedThrough, from - 1));
    return next !== null && this.endAt !== null && next > this.endAt ? null : next;
  }

  /** When a scheduler has something to do for it: at its next instant, or behind its end; its jitter later. */
  get looksAt(): number | null {
    const isTrialToCome = this.status === "failed" && this.trialAt !== null && this.trialRun === null;
    if (this.isClosed || (this.status !== "active" && !isTrialToCome)) return null;
    const closing = this.endAt === null ? null : this.endAt + 1;
    const behindTrial = isTrialToCome && this.type === "event" ? this.trialAt! : -Infinity;
    const next = this.nextDue ?? closing;
    return next === null ? null : Math.max(next, behindTrial) + this.delay;
  }
}
