import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { RunRefused } from "../run-result.ts";
import { arrayBytes, DamagedArrayFile, type Plain, readArrayFile, writeArrayFile } from "./array-file.ts";
import type { VectorRule } from "./vector-rule.ts";

/** The rule of one clustering of a run, and the numbers of its clusters. */
export interface NumberedRule {
  /** The feature, if each of several was clustered by itself. */
  readonly feature: string | null;
  readonly rule: VectorRule;
  /** The <n> of `cl_<n>` of the rule's clusters, in their order. */
  readonly numbers: readonly number[];
}

/** Beside the other artifacts: what places documents that come after the run. */
const FILE = "rules.bin";
const VERSION = 1;

/**
 * Rules that are larger are not kept: all but the nearest centre need the vectors that the clusters were found on, and
 * each run would leave them again.
 */
export const MOST_RULE_BYTES = 256 * 1024 * 1024;

type Stored = { readonly version: number } & (
  | { readonly rules: readonly NumberedRule[] }
  /** Why there are none, in words. */
  | { readonly tooLarge: string }
);

/** Waits until the file is on disk. Where the rules are too large it says so, as does what is returned; else null. */
export async function writeRules(
  folder: string,
  rules: readonly NumberedRule[],
  mostBytes = MOST_RULE_BYTES,
): Promise<string | null> {
  const bytes = arrayBytes(rules as unknown as Plain);
  const tooLarge = bytes > mostBytes ? describeTooLarge(rules, bytes, mostBytes) : null;
  const stored: Stored = { version: VERSION, ...(tooLarge === null ? { rules } : { tooLarge }) };
  await mkdir(folder, { recursive: true });
  // Rules are types of ours and of the kernels, plain all the way down.
  await writeArrayFile(join(folder, FILE), stored as unknown as Plain);
  return tooLarge;
}

/**
 * What the run with these artifacts has left; undefined if it left none. Throws RunRefused `rules_too_large`,
 * `rules_unreadable` for a file that is damaged or of another version.
 */
export async function readRules(folder: string): Promise<readonly NumberedRule[] | undefined> {
  const stored = (await readArrayFile(join(folder, FILE)).catch(refuseDamaged)) as Stored | undefined;
  if (stored === undefined) return undefined;
  if (stored.version !== VERSION) {
    throw new RunRefused(
      "rules_unreadable",
      `The last run's rules are of version ${stored.version}, and this server reads version ${VERSION}. Run the cluster again.`,
    );
  }
  if ("tooLarge" in stored) throw new RunRefused("rules_too_large", stored.tooLarge);
  return stored.rules;
}

function refuseDamaged(error: unknown): never {
  if (!(error instanceof DamagedArrayFile)) throw error;
  throw new RunRefused(
    "rules_unreadable",
    "The file with the last run's rules is damaged. Run the cluster again.",
  );
}

function describeTooLarge(rules: readonly NumberedRule[], bytes: number, most: number): string {
  const rows = rules.reduce((sum, { rule }) => sum + rowsOf(rule), 0);
  const megabytes = (count: number) => `${Math.ceil(count / 1024 / 1024)} MB`;
  return (
    `New documents cannot be placed by this run: that takes the ${rows} vectors its clusters were found on, ${megabytes(bytes)}, ` +
    `and at most ${megabytes(most)} are kept. Set a sample_size of ${Math.floor((rows * most) / bytes)} or less, or cluster by k-means without UMAP.`
  );
}

function rowsOf({ clusters, reduction }: VectorRule): number {
  if (reduction.kind === "umap") return reduction.model.x.rows;
  return "x" in clusters ? clusters.x.rows : 0;
}
