/** The run whose snapshot a check measured against, as evidence names it. */
export interface BaselineRef {
  readonly run_id: string;
  /** When its snapshot was taken. */
  readonly taken_at: string;
  readonly documents: number;
}

/** How large what was compared is. */
export interface Sizes {
  /** Documents that a run would read now. */
  readonly documents: number;
  /** Null without a baseline. */
  readonly baseline: BaselineRef | null;
}

/** What a check has found. */
export type Found =
  | (Sizes & {
      readonly kind: "measured";
      /** Null where the metric has none to tell: it lies below the noise, or the answer was only yes or no. */
      readonly value: number | null;
      /** Null where the metric has no null distribution. */
      readonly pValue: number | null;
      /** What a custom condition answered, if that was yes or no. */
      readonly met: boolean | null;
      /** More of it for evidence: samples, growth, the baseline's quality. */
      readonly details: Readonly<Record<string, unknown>>;
    })
  /** Fewer documents than the trigger wants. */
  | (Sizes & { readonly kind: "too_few" })
  /** Enough documents, and nothing to compare them with. */
  | (Sizes & { readonly kind: "no_baseline"; readonly details: Readonly<Record<string, unknown>> })
  | { readonly kind: "failed"; readonly error: string; readonly details: Readonly<Record<string, unknown>> };

/** A check that has been made, for the due instant it answers. */
export interface FinishedCheck {
  readonly dueAt: Date;
  /** When it began to look at the data. */
  readonly measuredAt: Date;
  readonly found: Found;
}
