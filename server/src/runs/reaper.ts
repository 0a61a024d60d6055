import { sql } from "kysely";

import { type Clock, systemClock } from "../platform/clock.ts";
import { Loop, type Service } from "../platform/service.ts";
import { endRequestedCancels } from "./cancel-execution.ts";
import { endAttempt } from "./end-attempt.ts";
import type { Lease } from "./lease.ts";
import { cleanUpRun } from "./run-files.ts";
import type { RunsDeps } from "./runs-deps.ts";

/** Takes up what a dead, frozen or cut-off worker left: a lost lease is noticed within this and the lease's length. */
const ROUND_MS = 5_000;
const BATCH = 100;

export interface Reaper extends Service {
  /** One round over the expired leases; returns how many it took up. */
  runOnce(): Promise<{ readonly lost: number }>;
}

/** Announces `reaper.lost` ({runId, attempt, status}) for each attempt it records as lost. */
export function createReaper(deps: RunsDeps, processClock: Clock = systemClock): Reaper {
  return new LeaseReaper(deps, processClock);
}

class LeaseReaper implements Reaper {
  readonly name = "reaper";
  readonly #deps: RunsDeps;
  readonly #loop: Loop;

  constructor(deps: RunsDeps, processClock: Clock) {
    this.#deps = deps;
    this.#loop = new Loop({
      name: this.name,
      logger: deps.logger,
      signals: deps.signals,
      clock: processClock,
      runOnce: async () => {
        const { lost } = await this.runOnce();
        return lost === BATCH ? 0 : ROUND_MS;
      },
    });
  }

  /** Must be started before this server's own worker: on PGlite, which has one server, it drops every lease it finds. */
  async start(): Promise<void> {
    if (this.#deps.db.kind === "pglite") await this.#expireAll();
    await this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async runOnce(): Promise<{ lost: number }> {
    const { db, clock, logger } = this.#deps;
    await endRequestedCancels(this.#deps);
    const { rows } = await sql<{ run_id: string; attempt: number; lease_owner: string }>`
      select run_id, attempt, lease_owner from executions
      where status = 'processing' and lease_owner is not null and lease_until < ${clock.now}
      order by lease_until limit ${BATCH}`.execute(db.sql);
    for (const row of rows) {
      const lease = { runId: row.run_id, attempt: row.attempt, leaseOwner: row.lease_owner };
      try {
        await this.#takeUp(lease);
      } catch (error) {
        // One that cannot be taken up must not keep the others waiting.
        logger.error(
          { err: error, ...lease },
          "taking up a lost attempt failed; trying again in the next round",
        );
      }
    }
    return { lost: rows.length };
  }

  async #takeUp(lease: Lease): Promise<void> {
    const end = await endAttempt(
      this.#deps,
      lease,
      {
        kind: "lost",
        code: "lease_lost",
        message: `The server that computed attempt ${lease.attempt} stopped answering (${lease.leaseOwner}).`,
      },
      { expired: true },
    );
    if (end.status === "not_ours") return;
    this.#deps.logger.warn({ ...lease, status: end.status }, "an attempt was lost with its server");
    if ("released" in end) await cleanUpRun(this.#deps, lease.runId, end);
    this.#deps.signals.announce("reaper.lost", {
      runId: lease.runId,
      attempt: lease.attempt,
      status: end.status,
    });
  }

  /** The worker that held these leases ended with the process that had this folder's lock before us. */
  async #expireAll(): Promise<void> {
    const { db, clock } = this.#deps;
    await sql`
      update executions set lease_until = ${clock.now} - interval '1 millisecond'
      where status = 'processing' and lease_owner is not null`.execute(db.sql);
  }
}
