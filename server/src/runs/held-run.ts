import type { Sql } from "../db/database.ts";
import type { ClaimedRun } from "./claim-run.ts";
import { LeaseLost, storeProgress } from "./lease.ts";
import type { RunChild } from "./process/run-child.ts";
import type { RunProgress } from "./run-result.ts";
import type { StopReason } from "./run-attempt.ts";

/** A run that this worker holds: its lease, its process, how far it is, and the means to end it. */
export class HeldRun {
  readonly claimed: ClaimedRun;
  readonly #abort = new AbortController();
  #heldUntilMs: number;
  #child: RunChild | undefined;
  #progress: RunProgress | undefined;
  #progressStored: RunProgress | undefined;
  ended: Promise<void> = Promise.resolve();

  /** `heldUntilMs` by this process's own clock: the lease's length from before it was asked for. */
  constructor(claimed: ClaimedRun, heldUntilMs: number) {
    this.claimed = claimed;
    this.#heldUntilMs = heldUntilMs;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The first reason counts. */
  stop(reason: StopReason): void {
    this.#abort.abort(reason);
  }

  renewed(heldUntilMs: number, nowMs: number): void {
    this.#heldUntilMs = heldUntilMs;
    this.#child?.extendLease(heldUntilMs - nowMs);
  }

  /** A worker that could not renew in time must assume that another computes this run by now. */
  stopIfExpired(nowMs: number): void {
    if (nowMs > this.#heldUntilMs) this.stop("lease_lost");
  }

  setChild(child: RunChild, nowMs: number): void {
    this.#child = child;
    child.extendLease(Math.max(0, this.#heldUntilMs - nowMs));
  }

  setProgress(progress: RunProgress): void {
    this.#progress = progress;
  }

  /** Stores the newest progress if it has not been stored yet. */
  async storeProgress(run: Sql): Promise<void> {
    const progress = this.#progress;
    if (!progress || progress === this.#progressStored || this.signal.aborted) return;
    this.#progressStored = progress;
    try {
      await storeProgress(run, this.claimed, progress);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      this.stop("lease_lost");
    }
  }
}
