/** Documents that may be written; below zero after a write larger than what there was. */
export interface RateBucket {
  readonly tokens: number;
  readonly filledAt: Date;
}

export type Taken =
  | { readonly passes: true; readonly bucket: RateBucket }
  /** Whole seconds until something passes. */
  | { readonly passes: false; readonly retryAfterSeconds: number };

/**
 * Takes `documents` out of a bucket that fills by `rate` a second and holds a second's worth. Something passes while
 * there is anything in it, however much it is: a unit of documents commits whole or not at all, so the bucket goes into
 * debt by one unit and what follows waits longer. Over a long time the rate is kept exactly. A new bucket is full.
 */
export function takeTokens(
  bucket: RateBucket | undefined,
  rate: number,
  documents: number,
  now: Date,
): Taken {
  // A clock that was set back fills nothing.
  const seconds = bucket ? Math.max(0, now.getTime() - bucket.filledAt.getTime()) / 1000 : 0;
  const tokens = bucket ? Math.min(rate, bucket.tokens + rate * seconds) : rate;
  if (tokens <= 0) return { passes: false, retryAfterSeconds: Math.floor(-tokens / rate) + 1 };
  return { passes: true, bucket: { tokens: tokens - documents, filledAt: now } };
}
