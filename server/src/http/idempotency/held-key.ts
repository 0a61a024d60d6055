import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database } from "../../db/database.ts";
import { AppError } from "../../platform/app-error.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { every } from "../../platform/timers.ts";
import { freeKey, LEASE_SECONDS, renewLease, storeAnswer, type KeyAddress } from "./key-store.ts";

const RENEW_MS = (LEASE_SECONDS * 1000) / 3;

/** What the keys of a server work with. */
export interface KeysDeps {
  readonly db: Database;
  /** Decides when a lease has ended. */
  readonly clock: DatabaseClock;
  readonly processClock: Clock;
  readonly logger: Logger;
}

/** The key of a request that runs: its lease is renewed until the request is answered. */
export class HeldKey {
  /** What the request's ids are derived from: the same at every try of the same request. */
  readonly seed: readonly (string | number)[];
  readonly #deps: KeysDeps;
  readonly #address: KeyAddress;
  readonly #owner: string;
  readonly #stopRenewing: () => void;
  #renewedAt: number;
  #lost = false;

  constructor(deps: KeysDeps, address: KeyAddress, owner: string, seed: readonly (string | number)[]) {
    this.seed = seed;
    this.#deps = deps;
    this.#address = address;
    this.#owner = owner;
    this.#renewedAt = deps.processClock.monotonicMs();
    this.#stopRenewing = every(RENEW_MS, () => void this.#renew());
  }

  /**
   * Throws `request_running` if another request may have taken the key over, as it can when this process stood still
   * for longer than the lease. Asks the database only when the lease was not renewed in time.
   */
  async assertHeld(): Promise<void> {
    const since = this.#deps.processClock.monotonicMs() - this.#renewedAt;
    if (since > LEASE_SECONDS * 500) await this.#renew();
    if (!this.#lost) return;
    throw new AppError(
      "request_running",
      "This request gave no sign of life for longer than its Idempotency-Key's lease, and another request with the key has begun. " +
        "Its answer counts.",
    );
  }

  /** Stores the answer for those who ask again. A failure to is no failure of the request, which has done its work. */
  async answered(status: number, answer: string, fingerprint: string): Promise<void> {
    await this.#end("its answer could not be stored", async ({ db, clock }) => {
      const stored = await storeAnswer(db.sql, clock, this.#address, this.#owner, {
        fingerprint,
        status,
        answer,
      });
      if (!stored) this.#deps.logger.warn(this.#address, "another request took the key over meanwhile");
    });
  }

  /** Lets the key go, for a request with the same body only if `bound`. */
  async free(bound: boolean): Promise<void> {
    await this.#end("it could not be freed", ({ db, clock }) =>
      freeKey(db.sql, clock, this.#address, this.#owner, { bound }),
    );
  }

  async #end(trouble: string, work: (deps: KeysDeps) => Promise<void>): Promise<void> {
    this.#stopRenewing();
    try {
      await work(this.#deps);
    } catch (error) {
      this.#deps.logger.warn(
        { err: error, ...this.#address },
        `an Idempotency-Key is held until its lease ends: ${trouble}`,
      );
    }
  }

  async #renew(): Promise<void> {
    const { db, clock, processClock, logger } = this.#deps;
    const asked = processClock.monotonicMs();
    try {
      if (await renewLease(db.sql, clock, this.#address, this.#owner)) this.#renewedAt = asked;
      else this.#lost = true;
    } catch (error) {
      logger.warn({ err: error, ...this.#address }, "the lease of an Idempotency-Key could not be renewed");
    }
  }
}
