import { join } from "node:path";

import type { Matrix } from "#kernels/index.ts";
import { RunRefused } from "../run-result.ts";
import { finiteRows } from "./finite-rows.ts";
import { normalizer } from "./normalize.ts";
import { reduceBy } from "./reduction-rule.ts";
import { joinFeatures, rowsWithDirection } from "./rows-with-direction.ts";
import { type NumberedRule, readRules } from "./rule-file.ts";
import { takeRows } from "./take-rows.ts";
import { type Label, labeling } from "./vector-rule.ts";

/** What a child process needs to place documents by the rules of a run. */
export interface PlaceJob {
  readonly storageFolder: string;
  /** Of the run, relative to the storage folder. */
  readonly artifactPath: string;
  readonly documents: number;
  /** The vectors of each feature, [documents, dimensions]. */
  readonly vectors: readonly {
    readonly feature: string;
    readonly dimensions: number;
    readonly values: Float32Array;
  }[];
}

/** What the documents get by one rule. */
export interface Placed {
  /** The feature, if each of several was clustered by itself. */
  readonly feature: string | null;
  /** The <n> of `cl_<n>`; null for those that belong to none. */
  readonly numbers: readonly (number | null)[];
  /** To the centroid; null with no cluster. */
  readonly distances: readonly (number | null)[];
}

/** The rules that were used last: documents come in batches, and one run places most of them. */
let kept: { readonly folder: string; readonly rules: readonly OpenRule[] } | undefined;

/** A rule that is ready: making it so takes as long as placing some hundred documents. */
interface OpenRule extends NumberedRule {
  readonly label: Label;
  readonly close: () => void;
}

/**
 * Each vector belongs to the callee. One call at a time. Throws RunRefused `no_rules` if the run has left none,
 * `rules_too_large`, KernelError.
 */
export async function placeDocuments(job: PlaceJob): Promise<readonly Placed[]> {
  const rules = await openRules(join(job.storageFolder, job.artifactPath));
  // Asked so, it is only to be known whether there are rules.
  if (job.documents === 0) return [];
  const vectors = new Map(
    job.vectors.map(({ feature, dimensions: cols, values: data }) => [
      feature,
      { data, rows: job.documents, cols },
    ]),
  );
  const placed: Placed[] = [];
  for (const rule of rules) placed.push(await placeBy(rule, vectors));
  return placed;
}

async function openRules(folder: string): Promise<readonly OpenRule[]> {
  if (kept?.folder === folder) return kept.rules;
  for (const { close } of kept?.rules ?? []) close();
  kept = undefined;
  const found = await readRules(folder);
  if (!found) throw new RunRefused("no_rules", "The run has left no rules to place documents by.");
  const rules: OpenRule[] = [];
  for (const one of found) rules.push(await open(one));
  kept = { folder, rules };
  return rules;
}

function open(numbered: NumberedRule): Promise<OpenRule> {
  const closed = Promise.withResolvers<undefined>();
  return new Promise((resolve, reject) => {
    if (numbered.numbers.length === 0) {
      resolve({ ...numbered, label: nowhere, close: () => undefined });
      return;
    }
    labeling(numbered.rule, (label) => {
      resolve({ ...numbered, label, close: () => closed.resolve(undefined) });
      return closed.promise;
    }).catch(reject);
  });
}

/** A run that has found no cluster. */
const nowhere: Label = (reduced) =>
  Promise.resolve({
    labels: new Int32Array(reduced.rows).fill(-1),
    distances: new Float32Array(reduced.rows).fill(NaN),
  });

async function placeBy(
  { feature, rule, numbers, label }: OpenRule,
  vectors: ReadonlyMap<string, Matrix>,
): Promise<Placed> {
  const parts = rule.parts.map((part) => vectors.get(part.feature)!);
  const all = parts.length === 1 ? parts[0]! : joinFeatures(parts);
  const found: (number | null)[] = Array.from({ length: all.rows }, () => null);
  const distances: (number | null)[] = Array.from({ length: all.rows }, () => null);
  // A run refuses vectors without a direction where it needs one, and those too large for float32; here they only have no
  // place, and do not keep others from theirs.
  let rows =
    rule.normalize || rule.byCosine ? rowsWithDirection(all, rule.parts, rule.normalize) : everyRow(all);
  let x = rows.length === all.rows ? all : takeRows(all, rows);
  normalizer({ ...rule, nameOf: String })(x, (row) => rows[row]!);
  let reduced = x;
  const keep = (kept: Int32Array) => {
    if (kept.length === rows.length) return;
    [rows, x, reduced] = [kept.map((row) => rows[row]!), takeRows(x, kept), takeRows(reduced, kept)];
  };
  keep(finiteRows(x));
  if (rows.length > 0) reduced = await reduceBy(rule.reduction, x);
  keep(finiteRows(reduced));
  if (rule.byDirection) {
    keep(rowsWithDirection(reduced, [{ feature: "", cols: reduced.cols, factor: 1 }], false));
  }
  if (rows.length === 0) return { feature, numbers: found, distances };
  const { labels, distances: own } = await label(reduced, x);
  for (const [at, row] of rows.entries()) {
    if (labels[at]! < 0) continue;
    found[row] = numbers[labels[at]!]!;
    distances[row] = own[at]!;
  }
  return { feature, numbers: found, distances };
}

function everyRow({ rows }: Matrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}
