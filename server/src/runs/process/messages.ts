import type { DriftJob, DriftResult } from "../drift/measure-drift.ts";
import type { NameRequest, NamesAnswer } from "../../labels/name-request.ts";
import type { Compared, CompareJob } from "../rules/compare-predictions.ts";
import type { Placed, PlaceJob } from "../rules/place-documents.ts";
import type { RunJob, RunProgress, RunResult } from "../run-result.ts";

export type ChildResult = RunResult | DriftResult | readonly Placed[] | Compared;

export type ToChild =
  | { readonly kind: "run"; readonly job: RunJob }
  | { readonly kind: "measure"; readonly job: DriftJob }
  | { readonly kind: "place"; readonly job: PlaceJob }
  | { readonly kind: "compare"; readonly job: CompareJob }
  /** The first of the numbers asked for. */
  | { readonly kind: "numbers"; readonly first: number }
  | { readonly kind: "names"; readonly answer: NamesAnswer }
  /** The lease holds for this long from now; a child that hears nothing for longer ends itself. */
  | { readonly kind: "lease"; readonly ms: number };

export type FromChild =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly progress: RunProgress }
  | { readonly kind: "allocate"; readonly count: number }
  | { readonly kind: "name"; readonly request: NameRequest }
  | { readonly kind: "done"; readonly result: ChildResult }
  /** `repeats` when the run would fail the same way again. */
  | { readonly kind: "failed"; readonly repeats: boolean; readonly code: string; readonly message: string };
