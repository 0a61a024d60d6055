/** Every reason a kernel refuses or stops. */
export type KernelErrorCode =
  /** A parameter is outside its range or of the wrong kind. */
  | "bad_parameter"
  /** Arrays that belong together have different lengths. */
  | "shape_mismatch"
  /** Fewer rows than the computation needs. */
  | "too_few_points"
  /** A measure of separation was asked of labels with fewer than 2 clusters, or with as many clusters as rows. */
  | "bad_clusters"
  /** The data holds NaN or an infinity. */
  | "not_finite"
  /** A row of zeros has no direction. */
  | "zero_vector"
  /** The caller's AbortSignal fired. */
  | "canceled";

/** The one error of this library; the message says what was given, what was expected and what to do. */
export class KernelError extends Error {
  override readonly name = "KernelError";
  readonly code: KernelErrorCode;

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Called between blocks: a block in the engine cannot be interrupted, the time until the next one is short. */
export function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new KernelError("canceled", "The computation was canceled by the caller's signal.", {
      cause: signal.reason,
    });
  }
}
