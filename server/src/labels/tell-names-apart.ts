// From its own file: the library's index would load the engine into the server's process.
import { alikeGroups } from "#kernels/labels/alike.ts";
import type { Labeling } from "../clusters/labeling.ts";
import { inFlight } from "../platform/in-flight.ts";
import type { Asker } from "./asker.ts";
import { checkAnswer, UnusableAnswer } from "./check-answer.ts";
import type { ClusterName, ClusterToName, NameError } from "./name-request.ts";
import { askToTellApart, idOf, MOST_TOLD_APART } from "./question.ts";

/**
 * The names with those that are alike (or of clusters beside each other, if that was asked for) given anew by the model, which sees
 * the samples of both. Labels that clusters keep stay: the others are told apart from them. Where the model gives none that differ
 * the names stay; whoever shows them tells them apart by keywords.
 */
export async function tellNamesApart(
  asker: Asker,
  { labeling, clusters }: { readonly labeling: Labeling; readonly clusters: readonly ClusterToName[] },
  names: readonly (ClusterName | null)[],
  atOnce: number,
): Promise<{ names: (ClusterName | null)[]; errors: NameError[] }> {
  const told = [...names];
  const errors: NameError[] = [];
  const labels = clusters.map(({ keptLabel }, position) => keptLabel ?? names[position]?.label ?? null);
  const questions = groupsToTellApart(clusters, labels).map((positions) => {
    const shown = positions.map((position) => ({ cluster: clusters[position]!, name: labels[position]! }));
    return { positions, question: askToTellApart(shown, labeling) };
  });
  await asker.recall(questions.map(({ question }) => question));
  await inFlight(questions, atOnce, async ({ positions, question }) => {
    const kept = positions.map((position) => clusters[position]!.keptLabel);
    const outcome = await asker.ask(question, (answer) => checkNames(answer, kept, labeling));
    if ("found" in outcome) {
      for (const [place, position] of positions.entries()) told[position] = outcome.found[place]!;
    } else if ("failure" in outcome) {
      const message = `its name is like that of others and was not told apart by the model: ${outcome.failure}`;
      errors.push({ index: clusters[positions[kept.indexOf(null)]!]!.index, message });
    }
  });
  return { names: told, errors };
}

/** Positions of clusters to name in view of each other, so many at most in one group; one of them at least can get another name. */
function groupsToTellApart(
  clusters: readonly ClusterToName[],
  labels: readonly (string | null)[],
): number[][] {
  const positionOf = new Map(clusters.map(({ index }, position) => [index, position]));
  const groupOf = new Map<number, Set<number>>();
  const join = (a: number, b: number) => {
    const both = new Set([...(groupOf.get(a) ?? [a]), ...(groupOf.get(b) ?? [b])]);
    for (const position of both) groupOf.set(position, both);
  };
  for (const [first, ...others] of alikeGroups(labels)) {
    for (const other of others) join(first!, other);
  }
  for (const [position, { partner }] of clusters.entries()) {
    const other = positionOf.get(partner);
    if (other !== undefined && labels[position] != null && labels[other] != null) join(position, other);
  }
  const groups = [...new Set(groupOf.values())].flatMap((group) => {
    const all = [...group].sort((a, b) => a - b);
    // Parts of equal size: none may be left alone.
    const parts = Math.ceil(all.length / MOST_TOLD_APART);
    return Array.from({ length: parts }, (_, part) =>
      all.slice(Math.floor((part * all.length) / parts), Math.floor(((part + 1) * all.length) / parts)),
    );
  });
  return groups.filter((group) => group.some((position) => clusters[position]!.keptLabel === null));
}

/** @param kept for each that was shown the label that it keeps; null for those that need a name, whose names are returned */
function checkNames(
  answer: unknown,
  kept: readonly (string | null)[],
  labeling: Labeling,
): (ClusterName | null)[] {
  const { names } = (answer ?? {}) as { names?: unknown };
  if (!Array.isArray(names)) throw new UnusableAnswer("the answer has no names");
  const byId = new Map((names as unknown[]).map((name) => [(name as { id?: unknown } | null)?.id, name]));
  const found = kept.map((label, place) => {
    if (label !== null) return null;
    const name = byId.get(idOf(place));
    if (name === undefined) throw new UnusableAnswer(`the answer has no name for ${idOf(place)}`);
    return checkAnswer(name, labeling);
  });
  const groups = alikeGroups(found.map((name, place) => name?.label ?? kept[place]!));
  if (groups.some((group) => group.some((place) => kept[place] === null))) {
    throw new UnusableAnswer("the names are still alike");
  }
  return found;
}
