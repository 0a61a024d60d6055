import type { Feature } from "#contract/collections.ts";
import { RESERVED_FIELDS } from "../../incoming-document.ts";
import type { SourceColumn } from "../source.ts";
import { Unreadable } from "../unreadable.ts";

/** Which column is what. */
export interface ColumnMapping {
  /** Null: the rows have no ids of their own. */
  readonly id: string | null;
  readonly vectors: readonly { readonly feature: string; readonly column: string }[];
  readonly payload: readonly string[];
}

/** What somebody said about the columns; what is undefined is guessed. */
export interface GivenColumns {
  readonly id?: string | undefined;
  readonly vectors?:
    readonly { readonly feature?: string | undefined; readonly column: string }[] | undefined;
  /** The only ones that become payload. */
  readonly payload?: readonly string[] | undefined;
}

/** How the flags are called where the message is read: `--id-column` or `?id_column`. */
export interface FlagNames {
  readonly id: string;
  readonly vector: string;
  readonly payload: string;
}

function say(flag: string, value: string): string {
  return `${flag}${flag.startsWith("?") ? "=" : " "}${value}`;
}

/** Several columns could be it; a person may be asked. */
export class UnclearColumns extends Unreadable {
  readonly part: "id" | "vector";
  readonly choices: readonly SourceColumn[];

  constructor(part: "id" | "vector", choices: readonly SourceColumn[], message: string) {
    super(message);
    this.part = part;
    this.choices = choices;
  }
}

const IDS = ["document_id", "id", "_id"];
const MORE_IDS = ["uuid", "guid", "key", "doc_id", "docid", "item_id", "__index_level_0__"];
const VECTOR_NAMES = /embedding|vector|^emb$|^vec$|^features?$/i;

/**
 * Which columns are the id, the vectors and the payload: what is given, else what can be told from names and types.
 * `features` are the collection's, null if it is to be made. Throws UnclearColumns where several could be meant, and
 * Unreadable with all columns and their types where none can, or what was given does not fit.
 */
export function mapColumns(
  columns: readonly SourceColumn[],
  features: readonly Feature[] | null,
  given: GivenColumns,
  flags: FlagNames,
): ColumnMapping {
  const known = new Columns(columns);
  const vectors =
    given.vectors !== undefined
      ? givenVectors(known, features, given.vectors, flags)
      : guessVectors(known, features, flags);
  for (const { feature, column } of vectors) {
    const dimensions = known.get(column, flags.vector).dimensions;
    const wanted = features?.find(({ name }) => name === feature)?.dimensions;
    if (dimensions !== null && wanted !== undefined && dimensions !== wanted) {
      throw new Unreadable(
        `Column '${column}' has vectors of ${dimensions} numbers; the collection's feature '${feature}' has ${wanted}.`,
      );
    }
  }
  const id = given.id === undefined ? guessId(known, flags) : known.get(given.id, flags.id).name;
  const taken = [id, ...vectors.map(({ column }) => column)];
  if (new Set(taken).size < taken.length) {
    throw new Unreadable(`A column is used twice: ${taken.filter((name) => name !== null).join(", ")}.`);
  }
  const payload = given.payload
    ? given.payload.map((name) => known.get(name, flags.payload).name)
    : columns.map(({ name }) => name).filter((name) => !taken.includes(name) && name !== "");
  assertPayload(known, payload, flags);
  return { id, vectors, payload };
}

class Columns {
  readonly all: readonly SourceColumn[];

  constructor(columns: readonly SourceColumn[]) {
    this.all = columns;
  }

  get(name: string, flag: string): SourceColumn {
    const found = this.all.find((column) => column.name === name);
    if (found) return found;
    throw new Unreadable(`There is no column '${name}' (${flag}). ${this.list()}`);
  }

  list(): string {
    return `The columns are: ${listed(this.all)}.`;
  }
}

function listed(columns: readonly SourceColumn[]): string {
  return columns.map(({ name, type }) => `${name} (${type})`).join(", ");
}

function guessId(known: Columns, flags: FlagNames): string | null {
  const usable = known.all.filter(({ kind }) => kind === "id");
  const named = (names: readonly string[]) => usable.filter(({ name }) => names.includes(name.toLowerCase()));
  for (const exact of IDS) {
    const found = named([exact]);
    if (found.length === 1) return found[0]!.name;
  }
  const others = named(MORE_IDS);
  if (others.length <= 1) return others[0]?.name ?? null;
  throw new UnclearColumns(
    "id",
    others,
    `Several columns could be the id: ${listed(others)}. Name one: ${say(flags.id, others[0]!.name)}`,
  );
}

function givenVectors(
  known: Columns,
  features: readonly Feature[] | null,
  given: NonNullable<GivenColumns["vectors"]>,
  flags: FlagNames,
): ColumnMapping["vectors"] {
  return given.map(({ feature, column }) => {
    known.get(column, flags.vector);
    if (feature !== undefined) return { feature: existing(feature, features), column };
    if (!features) return { feature: featureName(column), column };
    if (features.some(({ name }) => name === column)) return { feature: column, column };
    if (features.length === 1) return { feature: features[0]!.name, column };
    throw new Unreadable(
      `The collection has the features ${names(features)}; say which one column '${column}' is: ${say(flags.vector, `FEATURE=${column}`)}`,
    );
  });
}

function guessVectors(
  known: Columns,
  features: readonly Feature[] | null,
  flags: FlagNames,
): ColumnMapping["vectors"] {
  const lists = known.all.filter(({ kind }) => kind === "numbers" || kind === "whole numbers");
  const same = (features ?? []).filter(({ name }) => lists.some((column) => column.name === name));
  if (same.length > 0) return same.map(({ name }) => ({ feature: name, column: name }));
  const floats = known.all.filter(({ kind }) => kind === "numbers");
  // Lists of whole numbers are tags or boxes more often than vectors, unless they are named so.
  const numbers = floats.length > 0 ? floats : lists.filter(({ name }) => VECTOR_NAMES.test(name));
  const alike = numbers.filter(({ name }) => VECTOR_NAMES.test(name));
  const only =
    numbers.length === 1 ? numbers[0] : alike.length === 1 && features?.length === 1 ? alike[0] : undefined;
  if (only && (!features || features.length === 1)) {
    return [{ feature: features ? features[0]!.name : featureName(only.name), column: only.name }];
  }
  if (numbers.length > 0) {
    const example =
      features && features.length > 1 ? `${features[0]!.name}=${numbers[0]!.name}` : numbers[0]!.name;
    throw new UnclearColumns(
      "vector",
      numbers,
      `Several columns could be the vectors: ${listed(numbers)}${features ? `; the collection has the features ${names(features)}` : ""}. ` +
        `Name them: ${say(flags.vector, example)}`,
    );
  }
  if (features) return [];
  throw new Unreadable(
    `No column holds vectors, so the collection cannot be made. ${known.list()} A vector is a list of floats, in CSV a JSON array such as [0.1, 0.2]; name its column: ${say(flags.vector, "COLUMN")}. Of text, the command line makes vectors: --embed FOLDER, --embed-url URL (docs/embedding.md).`,
  );
}

function existing(feature: string, features: readonly Feature[] | null): string {
  if (!features || features.some(({ name }) => name === feature)) return feature;
  throw new Unreadable(`The collection has no feature '${feature}'; it has ${names(features)}.`);
}

function names(features: readonly Feature[]): string {
  return features.map(({ name }) => `'${name}'`).join(", ");
}

/** A feature's name for a column's: letters, digits, `_`, `.` and `-`. */
function featureName(column: string): string {
  const name = column.replaceAll(/[^A-Za-z0-9_.-]/g, "_").replace(/^[.-]+/, "");
  return name === "" ? "vector" : name;
}

function assertPayload(known: Columns, payload: readonly string[], flags: FlagNames): void {
  const reserved = payload.find((name) => RESERVED_FIELDS.includes(name));
  if (reserved !== undefined) {
    throw new Unreadable(
      `A column is named '${reserved}', a name that answers use themselves; rename it, or name the columns to take: ${flags.payload}`,
    );
  }
  const binary = payload.filter((name) => isUnstorable(known.get(name, flags.payload).type));
  if (binary.length > 0) {
    throw new Unreadable(
      `Columns of this type cannot become JSON: ${binary.map((name) => `${name} (${known.get(name, "").type})`).join(", ")}. ` +
        `Name the columns to take: ${flags.payload}`,
    );
  }
}

function isUnstorable(type: string): boolean {
  return /binary|interval|union/.test(type) && !/^fixedsizebinary\[16\]$/.test(type);
}
