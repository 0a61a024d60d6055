import { ValidationFailed } from "../../platform/app-error.ts";
import { readFieldPath } from "../filters/field-path.ts";

/** What a list's `select` asks for. */
export interface Selection {
  /** Paths into the payload. */
  readonly paths: readonly (readonly string[])[];
  /** Whether `_internal` is wanted, or anything in it. */
  readonly internal: boolean;
}

/** Reads `select`; null when everything is wanted. Throws ValidationFailed for paths that cannot be. */
export function readSelection(select: readonly string[] | null | undefined): Selection | null {
  if (select == null || select.length === 0) return null;
  const faults = [];
  const paths: (readonly string[])[] = [];
  let internal = false;
  for (const [index, text] of select.entries()) {
    if (text === "_internal" || text.startsWith("_internal.")) {
      internal = true;
      continue;
    }
    const field = readFieldPath(text);
    if (typeof field === "string")
      faults.push({ loc: ["body", "select", index], msg: field, type: "value_error" });
    else if (field.kind === "payload") paths.push(field.path);
    else if (field.kind === "own_or_instant") paths.push([field.column]);
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  return { paths, internal };
}

/** Those parts of a payload that lie on the paths; of an array's elements each gives its own part. */
export function selectFields(
  payload: Readonly<Record<string, unknown>>,
  paths: Selection["paths"],
): Record<string, unknown> {
  return pick(payload, paths) as Record<string, unknown>;
}

function pick(value: unknown, paths: Selection["paths"]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) {
    const items = value.filter((item) => typeof item === "object" && item !== null && !Array.isArray(item));
    return items.map((item) => pick(item, paths));
  }
  if (typeof value !== "object" || value === null) return undefined;
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    const below = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    const picked = below.length === 0 ? undefined : pick(inner, below);
    return picked === undefined ? [] : [[name, picked] as const];
  });
  return Object.fromEntries(entries);
}
