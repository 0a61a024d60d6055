import { HEALTH_PARTS, type HealthCheckResponse, type HealthPart } from "#contract/health.ts";
import { systemClock, type Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { after } from "../../platform/timers.ts";

export interface HealthDeps {
  /** A check for each part that can fail; it throws when the part does not work. A part without one is well. */
  readonly checks: Partial<Record<HealthPart, () => Promise<void>>>;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** A part that does not answer for this long is not well. */
  readonly patienceMs?: number;
}

interface Measured {
  readonly response: Omit<HealthCheckResponse, "meta">;
  readonly latencyMs: Partial<Record<HealthPart, number>>;
  readonly at: number;
}

/** The route needs no key: without this anyone could make the server write files as fast as they can ask. */
const SHALLOW_MS = 1_000;

/** What the public is told; what really happened is in the log. */
const PUBLIC_TEXT: Record<HealthPart, string> = {
  cache: "The cache does not answer.",
  metadata: "The database does not answer.",
  vector_store: "The storage folder cannot be written.",
  object_storage: "The storage folder cannot be written.",
  task_queue: "No worker of this server takes up runs.",
  inference: "Inference does not answer.",
};

/** Runs the checks; calls at the same time share one round. */
export class HealthCheck {
  readonly #deps: HealthDeps;
  readonly #clock: Clock;
  #last: Measured | undefined;
  #running: Promise<Measured> | undefined;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
  }

  /** `deep` asks every part now; otherwise an answer of the last second will do. */
  async run(deep: boolean): Promise<Measured> {
    if (!deep && this.#last && this.#clock.monotonicMs() - this.#last.at < SHALLOW_MS) return this.#last;
    this.#running ??= this.#measure().finally(() => {
      this.#running = undefined;
    });
    return (this.#last = await this.#running);
  }

  async #measure(): Promise<Measured> {
    const data = { analytics: null } as Record<HealthPart, boolean> & { analytics: null };
    const errors = { analytics: null } as Record<HealthPart, string | null> & { analytics: null };
    const latencyMs: Measured["latencyMs"] = {};
    await Promise.all(
      HEALTH_PARTS.map(async (part) => {
        data[part] = true;
        errors[part] = null;
        const check = this.#deps.checks[part];
        if (!check) return;
        const begun = this.#clock.monotonicMs();
        try {
          await withPatience(check(), this.#deps.patienceMs ?? 3_000);
        } catch (error) {
          this.#deps.logger.warn({ err: error, part }, "a part of this server is not well");
          data[part] = false;
          errors[part] = PUBLIC_TEXT[part];
        }
        latencyMs[part] = Math.round((this.#clock.monotonicMs() - begun) * 10) / 10;
      }),
    );
    const well = HEALTH_PARTS.every((part) => data[part]);
    return {
      response: { status: well ? "OK" : "DEGRADED", data, errors: well ? null : errors },
      latencyMs,
      at: this.#clock.monotonicMs(),
    };
  }
}

async function withPatience(work: Promise<void>, ms: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = after(ms, () => reject(new Error(`no answer within ${ms} ms`)));
  try {
    await Promise.race([work, promise]);
  } finally {
    cancel();
  }
}
