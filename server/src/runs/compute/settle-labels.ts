import { tellApart } from "#kernels/index.ts";
import type { ClusterName } from "../../labels/name-request.ts";
import { type KnownCluster, positionsOf } from "../changes/find-known.ts";
import { keepLabel, type KeptLabel } from "../changes/keep-label.ts";
import type { RunJob } from "../run-result.ts";
import type { Description } from "./describe-clusters.ts";
import type { GroupedCluster } from "./grouping.ts";

/** What a cluster is called in a run, and what is to be known of that for the next. */
export interface SettledLabel extends Omit<KeptLabel, "isKept"> {
  readonly summary: string | null;
  readonly keywords: readonly string[] | null;
}

/**
 * The label of each cluster: the one it keeps, else what the model has called it, else what its documents say. Labels of a feature
 * that are alike are told apart; those that are kept stay as they are, and so do the values of groups.
 *
 * @param clusters with everything else by position in them
 */
export function settleLabels(
  clusters: readonly (Pick<GroupedCluster, "size" | "name"> & { readonly feature: string | null })[],
  {
    known,
    names,
    descriptions,
  }: {
    readonly known: readonly (KnownCluster | undefined)[];
    readonly names: readonly (ClusterName | null)[];
    readonly descriptions: readonly Description[];
  },
  labeling: RunJob["definition"]["labeling"],
): SettledLabel[] {
  const kept = clusters.map(({ size, name: values }, at) => {
    const byModel = names[at] ?? null;
    const label = byModel?.label ?? descriptions[at]!.label;
    const one = keepLabel(known[at], size, { label, byModel });
    return values !== null && one.byModel === null ? { ...one, label: values, isKept: true } : one;
  });
  const labels = kept.map(({ label }) => label);
  for (const feature of new Set(clusters.map((cluster) => cluster.feature))) {
    const own = positionsOf(clusters, feature);
    const told = tellApart(
      own.map((at) => labels[at]!),
      own.map((at) => [...(descriptions[at]!.keywords ?? []), ...(kept[at]!.byModel?.keywords ?? [])]),
      { near: Boolean(labeling), stays: own.map((at) => kept[at]!.isKept) },
    );
    for (const [place, at] of own.entries()) labels[at] = told[place]!;
  }
  const { includeSummary = true, includeKeywords = true } = labeling ?? {};
  return kept.map(({ labelFit, byModel }, at) => ({
    ...{ label: labels[at]!, labelFit, byModel },
    summary: (includeSummary ? byModel?.summary : null) ?? null,
    keywords: (includeKeywords ? byModel?.keywords : null) ?? descriptions[at]!.keywords,
  }));
}
