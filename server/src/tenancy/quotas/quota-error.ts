import { AppError } from "../../platform/app-error.ts";
import type { Quotas } from "../../platform/config.ts";
import { counted } from "../../platform/counted.ts";

interface Exceeded {
  readonly quota: Exclude<keyof Quotas, "max_documents_per_second">;
  readonly limit: number;
  /** What there is; null where the quota counts no stock. */
  readonly current: number | null;
  readonly asked: number;
}

/** `what` says who asked for how much. */
export function quotaExceeded(what: string, { quota, limit, current, asked }: Exceeded): AppError {
  const stock = current === null ? "" : `, and the namespace holds ${current}`;
  return new AppError(
    "quota_exceeded",
    `${what}, but the namespace's quota ${quota} is ${limit}${stock}. Delete something, or have an admin raise the quota.`,
    { details: { quota, limit, current, asked } },
  );
}

export function rateLimited(limit: number, retryAfterSeconds: number): AppError {
  return new AppError(
    "rate_limited",
    `The namespace's quota max_documents_per_second is ${limit}, and more was written. Go on in ${counted(retryAfterSeconds, "second")}.`,
    { details: { quota: "max_documents_per_second", limit, retry_after_seconds: retryAfterSeconds } },
  );
}
