/** Where a condition looks: into the payload, or at what the server keeps about the document. */
export type Field =
  | { readonly kind: "payload"; readonly path: readonly string[] }
  | { readonly kind: "id"; readonly column: "document_id" | "collection_id" }
  | { readonly kind: "instant"; readonly column: InstantColumn }
  /** Plain `created_at`: the payload's own field where the document has one, else the server's. */
  | { readonly kind: "own_or_instant"; readonly column: InstantColumn };
export type InstantColumn = "created_at" | "updated_at";

export type Scalar = string | number | boolean | null;
/** A JSON value; numbers are finite. */
export type Json = Scalar | readonly Json[] | { readonly [name: string]: Json };

export type Comparison = "gt" | "gte" | "lt" | "lte";

/** What one condition tests, with operands that have been checked. `ne` and `nin` are the negation of `eq` and `in`. */
export type Test =
  | { readonly operator: "eq"; readonly value: Json }
  | { readonly operator: Comparison; readonly value: string | number }
  | { readonly operator: "in"; readonly values: readonly Scalar[] }
  | { readonly operator: "contains"; readonly value: Scalar }
  | { readonly operator: "starts_with" | "ends_with"; readonly value: string }
  /** `pattern` is PostgreSQL's, for texts in lower case unless the condition is case-sensitive. */
  | { readonly operator: "regex"; readonly pattern: string }
  /** In lower case unless the condition is case-sensitive; at least one. */
  | { readonly operator: "text"; readonly words: readonly string[] }
  | { readonly operator: "exists" }
  | { readonly operator: "is_null" }
  /** Against another field of the same document. */
  | { readonly operator: "eq_field" | `${Comparison}_field`; readonly other: Field };

export interface Condition {
  readonly kind: "condition";
  readonly field: Field;
  readonly test: Test;
  readonly negated: boolean;
  readonly caseSensitive: boolean;
}

/** Holds when all, any or none of its members do. */
export interface Group {
  readonly kind: "all" | "any" | "none";
  readonly members: readonly Filter[];
}

/** A filter that has been checked: it can be turned into SQL without further questions. */
export type Filter = Condition | Group;

export const OPERATORS = [
  "eq", "ne", "gt", "lt", "gte", "lte", "in", "nin", "contains", "starts_with", "ends_with", "regex", "exists",
  "is_null", "text",
] as const; // prettier-ignore
export type Operator = (typeof OPERATORS)[number];
