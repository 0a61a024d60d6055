import type { AGGREGATION_FUNCTIONS } from "#contract/document-aggregates.ts";
import { AppError } from "../../platform/app-error.ts";
import { canonicalJson } from "../canonical-json.ts";
import { compareValues } from "../compare-values.ts";

export type AggregationFunction = (typeof AGGREGATION_FUNCTIONS)[number];

/** Adds up the values of one group; null stands for a document without the field. */
export interface Accumulator {
  add(value: unknown): void;
  readonly result: unknown;
}

/** Values that one request may keep in memory. */
const MAX_DISTINCT = 1_000_000;
const MAX_COLLECTED = 100_000;

/** What is kept over all groups of one request. */
export class Kept {
  #distinct = 0;
  #collected = 0;

  distinct(): void {
    if (++this.#distinct > MAX_DISTINCT) throw tooMany("count_distinct", MAX_DISTINCT);
  }

  collected(what: "push" | "add_to_set"): void {
    if (++this.#collected > MAX_COLLECTED) throw tooMany(what, MAX_COLLECTED);
  }
}

function tooMany(what: AggregationFunction, limit: number): AppError {
  return new AppError(
    "invalid_value",
    `${what} would keep more than ${limit} values over all groups. Filter, or group by something with fewer.`,
    { details: { field: "aggregations" } },
  );
}

export function newAccumulator(name: AggregationFunction, kept: Kept): Accumulator {
  switch (name) {
    case "count":
      return new Fold(0, (count) => count + 1);
    case "sum":
      return new Fold(0, (sum, value) => (typeof value === "number" ? sum + value : sum));
    case "avg":
      return new Average();
    case "min":
      return new Fold<unknown>(null, (least, value) => better(least, value, -1));
    case "max":
      return new Fold<unknown>(null, (most, value) => better(most, value, 1));
    case "first":
      return new Fold<unknown>(null, (first, value) => first ?? value);
    case "last":
      return new Fold<unknown>(null, (_, value) => value);
    case "push":
      return new Collected(kept);
    case "count_distinct":
      return new Distinct(() => kept.distinct(), false);
    case "add_to_set":
      return new Distinct(() => kept.collected("add_to_set"), true);
  }
}

/** The value that is less (-1) or more (1); arrays and objects have no order and do not take part. */
function better(best: unknown, value: unknown, sign: -1 | 1): unknown {
  if (typeof value === "object") return best;
  return best === null || compareValues(value, best) * sign > 0 ? value : best;
}

class Fold<T> implements Accumulator {
  readonly #step: (result: T, value: unknown) => T;
  result: T;

  constructor(start: T, step: (result: T, value: unknown) => T) {
    this.result = start;
    this.#step = step;
  }

  add(value: unknown): void {
    if (value !== null) this.result = this.#step(this.result, value);
  }
}

class Average implements Accumulator {
  #sum = 0;
  #count = 0;

  add(value: unknown): void {
    if (typeof value !== "number") return;
    this.#sum += value;
    this.#count++;
  }

  get result(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

class Collected implements Accumulator {
  readonly #kept: Kept;
  readonly result: unknown[] = [];

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  add(value: unknown): void {
    if (value === null) return;
    this.#kept.collected("push");
    this.result.push(value);
  }
}

/** Different values, in the order they came first. */
class Distinct implements Accumulator {
  readonly #keep: () => void;
  readonly #seen = new Map<string, unknown>();
  readonly #listed: boolean;

  constructor(keep: () => void, listed: boolean) {
    this.#keep = keep;
    this.#listed = listed;
  }

  add(value: unknown): void {
    if (value === null) return;
    const key = canonicalJson(value);
    if (this.#seen.has(key)) return;
    this.#keep();
    this.#seen.set(key, this.#listed ? value : null);
  }

  get result(): unknown {
    return this.#listed ? [...this.#seen.values()] : this.#seen.size;
  }
}
