import { EventEmitter } from "node:events";

/**
 * What a commit can wake: `triggers` (something may be due), `checks` (a condition may be to be measured), `runs`
 * (something to compute), `cancels`, `tenancy` (keys or namespaces changed: what is remembered of them is void),
 * `snapshots` (nobody needs some any more), `freshness` (a result may become too old at another instant),
 * `enrichments` (a run's clusters are to be written into documents), `placements` (new documents may be to be placed).
 */
export const WAKE_CHANNELS = [
  "triggers",
  "checks",
  "runs",
  "cancels",
  "tenancy",
  "snapshots",
  "freshness",
  "placements",
  "enrichments",
] as const;
export type WakeChannel = (typeof WAKE_CHANNELS)[number];

/**
 * Wake-ups after a commit. In this process they are immediate; PostgreSQL carries them to the other servers by
 * NOTIFY. They carry no data and may be lost or doubled: whoever wakes reads the truth from its tables, and every
 * loop also looks by itself now and then.
 */
export class Wakes {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  on(channel: WakeChannel, listener: () => void): () => void {
    this.#emitter.on(channel, listener);
    return () => this.#emitter.off(channel, listener);
  }

  emit(channel: WakeChannel): void {
    this.#emitter.emit(channel);
  }
}
