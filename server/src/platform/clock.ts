/**
 * Wall time and elapsed time of this process. Decisions about due instants use the database's clock instead
 * (see `db/database-clock.ts`); this one is for logs, deadlines and measurements.
 */
export interface Clock {
  /** The current instant. */
  readonly now: () => Date;
  /** Milliseconds of a clock that never jumps, for durations. */
  readonly monotonicMs: () => number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};

/** The instant `ms` milliseconds after `instant`. */
export function addMs(instant: Date, ms: number): Date {
  return new Date(instant.getTime() + ms);
}
