import { setTimeout as delay } from "node:timers/promises";

/** Longest delay a timer can hold (2^31 - 1 ms, about 25 days); longer ones fire at once in Node. */
const MAX_TIMER_MS = 2_147_483_647;

/** Waits `ms` milliseconds, or until `signal` aborts (then it returns early, without throwing). */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  try {
    await delay(Math.min(Math.max(ms, 0), MAX_TIMER_MS), undefined, signal ? { signal } : undefined);
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Calls `callback` once after `ms` milliseconds; the returned function cancels it. Does not keep the process alive. */
export function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
  timer.unref();
  return () => clearTimeout(timer);
}

/** Calls `callback` every `ms` milliseconds; the returned function ends it. Does not keep the process alive. */
export function every(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** Yields to the event loop once. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
