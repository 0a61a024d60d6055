/** Longest wait between two tries; an endpoint that asks for more is not waited for. */
export const LONGEST_WAIT_MS = 120_000;

/**
 * How long to wait before the next try: as `Retry-After` says (seconds or an HTTP date, RFC 9110 10.2.3; or OpenAI's
 * `retry-after-ms`), else half a second doubled with each try up to 30 s.
 */
export function retryWaitMs(headers: Headers | undefined, tried: number, now: Date): number {
  const ms = Number(headers?.get("retry-after-ms") ?? NaN);
  if (ms >= 0) return ms;
  const after = headers?.get("retry-after")?.trim();
  if (after) {
    if (/^\d+(\.\d+)?$/.test(after)) return 1000 * Number(after);
    const until = Date.parse(after);
    if (!Number.isNaN(until)) return Math.max(0, until - now.getTime());
  }
  return Math.min(500 * 2 ** (tried - 1), 30_000);
}
