import { KernelError } from "./kernel-error.ts";

/** How far rows are from each other: "cosine" is 1 - cos of the angle between them. */
export type Metric = "euclidean" | "cosine";

/** @throws KernelError `bad_parameter` */
export function checkMetric(metric: string): void {
  if (metric === "euclidean" || metric === "cosine") return;
  throw new KernelError("bad_parameter", `metric is "${metric}"; give "euclidean" or "cosine".`);
}
