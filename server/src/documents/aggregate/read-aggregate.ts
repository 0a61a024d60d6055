import type { DocumentAggregationRequest, GroupByField } from "#contract/document-aggregates.ts";
import { ValidationFailed, type Fault } from "../../platform/app-error.ts";
import { nearestName } from "../../platform/nearest-name.ts";
import { readFieldPath } from "../filters/field-path.ts";
import type { Field, Filter } from "../filters/filter.ts";
import { parseFilter } from "../filters/parse-filter.ts";
import type { AggregationFunction } from "./accumulators.ts";
import { HAVING_OPERATORS, type Having } from "./having.ts";
import type { Buckets } from "./range-buckets.ts";

/** A value that is read of every document: by its place among `fields`, or below the element that `unwind` gives. */
export type Source = { readonly field: number } | { readonly inElement: readonly string[] };

export interface KeyPart {
  readonly name: string;
  readonly source: Source;
  readonly dateTrunc: GroupByField["date_trunc"];
  readonly datePart: GroupByField["date_part"];
  readonly buckets: Buckets | null;
}

export interface Metric {
  readonly name: string;
  readonly function: AggregationFunction;
  /** Null for a count of rows. */
  readonly source: Source | null;
}

/** An aggregation that has been checked. */
export interface Plan {
  readonly filter: Filter | null;
  /** What is read of a document. */
  readonly fields: readonly Field[];
  /** The place in `fields` of the array whose elements are rows; null when documents are. */
  readonly unwind: number | null;
  readonly keys: readonly KeyPart[];
  readonly metrics: readonly Metric[];
  readonly having: readonly Having[];
  /** Null sorts by the groups' own values. */
  readonly sortBy: string | null;
  readonly descending: boolean;
  readonly limit: number | null;
}

/** Throws ValidationFailed with every fault: paths, names that stand twice or nowhere, operators, boundaries. */
export function readAggregate(request: DocumentAggregationRequest): Plan {
  const filter = parseFilter(request.filters, ["body", "filters"]);
  const reader = new PlanReader();
  const unwind = request.unwind == null ? null : reader.unwind(request.unwind);
  const keys = readKeys(request, reader);
  const metrics = readMetrics(request, reader);
  const names = new Set([...keys, ...metrics].map((part) => part.name));
  const having = (request.having ?? []).map(({ field, operator, value }, index): Having => {
    reader.knownName(field, names, ["body", "having", index, "field"]);
    const sign = HAVING_OPERATORS.get(operator);
    if (!sign) reader.fault(["body", "having", index, "operator"], unknownOperator(operator), "enum");
    return { name: field, sign: sign ?? "eq", value };
  });
  const { sort_by = null, sort_direction = null, limit = null } = request;
  if (sort_by !== null) reader.knownName(sort_by, names, ["body", "sort_by"]);
  if (sort_direction !== null && !["asc", "desc"].includes(sort_direction)) {
    reader.fault(["body", "sort_direction"], 'Input should be one of "asc", "desc"', "enum");
  }
  const descending = sort_direction === null ? sort_by !== null : sort_direction === "desc";
  return {
    filter,
    fields: reader.fields(),
    unwind,
    keys,
    metrics,
    having,
    sortBy: sort_by,
    descending,
    limit,
  };
}

function readKeys(request: DocumentAggregationRequest, reader: PlanReader): KeyPart[] {
  const ranges = (request.range_buckets ?? []).map((bucket, index) => {
    const ascending = bucket.boundaries.every((bound, at, all) => at === 0 || bound > all[at - 1]!);
    if (!ascending) {
      reader.fault(["body", "range_buckets", index, "boundaries"], "Boundaries must ascend", "value_error");
    }
    return { ...bucket, index, used: false };
  });
  const keys = request.group_by.map((part, index): KeyPart => {
    const loc = ["body", "group_by", index];
    if (part.date_trunc != null && part.date_part != null) {
      reader.fault(loc, "Give date_trunc or date_part, not both", "value_error");
    }
    const isPlain = part.date_trunc == null && part.date_part == null;
    const range = isPlain ? ranges.find(({ field, used }) => !used && field === part.field) : undefined;
    if (range) range.used = true;
    return {
      name: part.alias ?? part.field,
      source: reader.source(part.field, [...loc, "field"]),
      dateTrunc: part.date_trunc,
      datePart: part.date_part,
      buckets: range ? { boundaries: range.boundaries, otherwise: range.default_bucket ?? null } : null,
    };
  });
  for (const { field, boundaries, default_bucket = null, index, used } of ranges) {
    if (used) continue;
    const source = reader.source(field, ["body", "range_buckets", index, "field"]);
    const buckets = { boundaries, otherwise: default_bucket };
    keys.push({ name: field, source, dateTrunc: null, datePart: null, buckets });
  }
  reader.distinctNames(keys, ["body", "group_by"]);
  return keys;
}

function readMetrics(request: DocumentAggregationRequest, reader: PlanReader): Metric[] {
  const metrics = request.aggregations.map((operation, index): Metric => {
    const loc = ["body", "aggregations", index, "field"];
    const name = operation.alias;
    const field =
      operation.function === "count_distinct"
        ? (operation.distinct_field ?? operation.field)
        : operation.field;
    if (field != null) return { name, function: operation.function, source: reader.source(field, loc) };
    if (operation.function !== "count") reader.fault(loc, `${operation.function} needs a field`, "missing");
    return { name, function: operation.function, source: null };
  });
  reader.distinctNames(metrics, ["body", "aggregations"]);
  return metrics;
}

type Loc = readonly (string | number)[];

/** Collects what is read of a document, and what is wrong with the request. */
class PlanReader {
  readonly #faults: Fault[] = [];
  readonly #places = new Map<string, number>();
  readonly #fields: Field[] = [];
  #unwound: readonly string[] | null = null;

  fault(loc: Loc, msg: string, type: string): void {
    this.#faults.push({ loc, msg, type });
  }

  /** Throws if there were faults. */
  fields(): readonly Field[] {
    if (this.#faults.length > 0) throw new ValidationFailed(this.#faults);
    return this.#fields;
  }

  unwind(text: string): number {
    const field = this.#read(text, ["body", "unwind"]);
    if (field?.kind === "payload") this.#unwound = field.path;
    else if (field) this.fault(["body", "unwind"], `'${text}' is no field of the payload`, "value_error");
    return this.#place(text, field);
  }

  source(text: string, loc: Loc): Source {
    const field = this.#read(text, loc);
    const unwound = this.#unwound;
    if (field?.kind === "payload" && unwound?.every((name, level) => field.path[level] === name)) {
      return { inElement: field.path.slice(unwound.length) };
    }
    return { field: this.#place(text, field) };
  }

  knownName(name: string, names: ReadonlySet<string>, loc: Loc): void {
    if (names.has(name)) return;
    const nearest = nearestName(name, names);
    const hint = nearest ? `did you mean '${nearest}'?` : `there are: ${[...names].join(", ")}`;
    this.fault(loc, `No group and no aggregation has this name; ${hint}`, "value_error");
  }

  distinctNames(parts: readonly { readonly name: string }[], loc: Loc): void {
    const seen = new Set<string>();
    for (const [index, { name }] of parts.entries()) {
      if (seen.has(name))
        this.fault([...loc, index], `The name '${name}' stands twice; give an alias`, "value_error");
      seen.add(name);
    }
  }

  #read(text: string, loc: Loc): Field | undefined {
    const field = readFieldPath(text);
    if (typeof field !== "string") return field;
    this.fault(loc, field, "value_error");
    return undefined;
  }

  #place(text: string, field: Field | undefined): number {
    const known = this.#places.get(text);
    if (known !== undefined || !field) return known ?? 0;
    this.#places.set(text, this.#fields.length);
    return this.#fields.push(field) - 1;
  }
}

function unknownOperator(given: string): string {
  const nearest = nearestName(given, HAVING_OPERATORS.keys());
  return `Unknown operator; ${nearest ? `did you mean '${nearest}'? Known` : "known"} are: ${[...HAVING_OPERATORS.keys()].join(", ")}`;
}
