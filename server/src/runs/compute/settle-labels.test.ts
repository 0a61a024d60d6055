import assert from "node:assert/strict";
import { test } from "node:test";

import type { KnownCluster } from "../changes/find-known.ts";
import { settleLabels } from "./settle-labels.ts";

const cluster = (size: number, name: string | null = null, feature: string | null = null) => ({
  ...{ size, name, feature },
});
const words = (label: string | null, ...keywords: string[]) => ({ label, keywords });

/** A cluster of ten documents, so many of which are in the one of now. */
const known = (
  label: string | null,
  { documents = 10, by = "members", byModel = null, labelFit = 1 }: any = {},
): KnownCluster =>
  ({
    before: { number: 1, size: 10, label, labelFit, byModel },
    identity: { id: 1, by, run: 0, documents, jaccard: 1 },
  }) as unknown as KnownCluster;

const settled = (
  clusters: Parameters<typeof settleLabels>[0],
  given: Partial<Parameters<typeof settleLabels>[1]>,
  labeling: object | null = null,
) => {
  const none = clusters.map(() => null);
  const all = {
    known: clusters.map(() => undefined),
    names: none,
    descriptions: none.map(() => words(null)),
  };
  return settleLabels(clusters, { ...all, ...given }, labeling as never);
};
const labelsOf = (all: readonly { readonly label: string | null }[]) => all.map(({ label }) => label);

test("a new cluster is told apart from those that keep their labels, within its feature", () => {
  const clusters = [cluster(10), cluster(10), cluster(10, null, "image")];
  const descriptions = [words("page, login", "page", "token"), words("other"), words("login, page")];
  const all = settled(clusters, { descriptions, known: [undefined, known("login, page"), undefined] });
  assert.deepEqual(labelsOf(all), ["page, login (token)", "login, page", "login, page"]);
  assert.deepEqual(
    all.map(({ labelFit }) => labelFit),
    [1, 1, 1],
  );
});

test("a label is kept while half of what it was made for is left, over all runs since", () => {
  const found = { descriptions: [words("new")] };
  const at = (one: KnownCluster, size = 10) => settled([cluster(size)], { ...found, known: [one] })[0]!;
  assert.deepEqual([at(known("old")).label, at(known("old")).labelFit], ["old", 1]);
  assert.equal(at(known("old", { documents: 7 })).label, "old");
  assert.equal(at(known("old", { documents: 6 })).label, "new");
  assert.equal(at(known("old", { documents: 7, labelFit: 0.9 })).label, "new");
  assert.equal(at(known("old", { documents: 0, by: "centroid" })).label, "old");
  const nothing = settled([cluster(10)], { known: [known("old", { documents: 1 })] });
  assert.equal(nothing[0]!.label, "old", "nothing else is known to call it");
});

test("what a model gave stays together, and goes together", () => {
  const byModel = { summary: "of old things", keywords: ["old"] };
  const descriptions = [words("new", "new")];
  const one = settled([cluster(10)], { descriptions, known: [known("Old things", { byModel })] })[0]!;
  assert.deepEqual(one, { label: "Old things", labelFit: 1, byModel, ...byModel });
  const gone = known("Old things", { byModel, documents: 2 });
  const [failed] = settled([cluster(10)], { descriptions, known: [gone] });
  assert.deepEqual(failed, { label: "new", labelFit: 1, byModel: null, summary: null, keywords: ["new"] });
  const bare = { includeSummary: false, includeKeywords: false };
  const [without] = settled([cluster(10)], { descriptions, known: [known("Old things", { byModel })] }, bare);
  assert.deepEqual([without!.label, without!.summary, without!.keywords], ["Old things", null, ["new"]]);
});

test("a label without a model stands in until a model gives one", () => {
  const name = { label: "Sheets", summary: "s", keywords: ["sheet"] };
  const one = (before: KnownCluster) =>
    settled([cluster(10)], { descriptions: [words("sheet, row")], names: [name], known: [before] }, {})[0]!;
  assert.deepEqual([one(known("row, sheet")).label, one(known("row, sheet")).byModel], ["Sheets", name]);
  assert.equal(one(known("Tables", { byModel: name })).label, "Tables");
});

test("groups are called by their values unless a model names them, alike or not", () => {
  const groups = ["fr", "fr", "de"].map((name) => cluster(5, name));
  const descriptions = groups.map(({ name }) => words(name));
  assert.deepEqual(labelsOf(settled(groups, { descriptions })), ["fr", "fr", "de"]);
  const names = [{ label: "France", summary: null, keywords: null }, null, null];
  assert.deepEqual(labelsOf(settled(groups, { descriptions, names }, {})), ["France", "fr", "de"]);
});
