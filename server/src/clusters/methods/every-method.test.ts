import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { AppError } from "../../platform/app-error.ts";
import { agglomerativeMethod } from "./agglomerative.ts";
import { dbscanMethod } from "./dbscan.ts";
import { gaussianMixtureMethod } from "./gaussian-mixture.ts";
import { hdbscanMethod } from "./hdbscan.ts";
import { metricOf, toVectorMethod, type VectorAlgorithm } from "./index.ts";
import { kmeansMethod } from "./kmeans.ts";

interface Field {
  readonly type?: string;
  readonly anyOf?: readonly Field[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}
const hosted = new URL("../../../../test/conformance/contract/hosted.json", import.meta.url);
const { components } = JSON.parse(readFileSync(hosted, "utf8")) as {
  components: { schemas: Record<string, { properties: Record<string, Field> }> };
};

const METHODS = [
  ["KMeansParams", "kmeans", kmeansMethod],
  ["DBSCANParams", "dbscan", dbscanMethod],
  ["HDBSCANParams", "hdbscan", hdbscanMethod],
  ["AgglomerativeParams", "agglomerative", agglomerativeMethod],
  ["GaussianMixtureParams", "gaussian_mixture", gaussianMixtureMethod],
] as const;

for (const [schema, algorithm, { rules, inert, defaults }] of METHODS) {
  const fields = components.schemas[schema]!.properties;

  test(`${algorithm} takes the contract's parameters within the contract's bounds`, () => {
    assert.deepEqual(Object.keys(rules).sort(), Object.keys(fields).sort());
    for (const [name, field] of Object.entries(fields)) {
      const rule = rules[name]!;
      const own = field.anyOf?.find(({ type }) => type !== "null") ?? field;
      assert.deepEqual(
        [rule.minimum, rule.maximum, rule.above],
        [own.minimum, own.maximum, own.exclusiveMinimum],
        name,
      );
    }
  });

  test(`${algorithm} has the contract's defaults, whether they matter here or not`, () => {
    const given = Object.entries(fields).filter(([, field]) => field.default !== undefined);
    const whole = Object.fromEntries(given.map(([name, field]) => [name, field.default]));
    assert.deepEqual(toVectorMethod(algorithm, {}), { algorithm, params: defaults });
    assert.deepEqual(toVectorMethod(algorithm, whole), {
      algorithm,
      params: defaults,
    });
    for (const name of Object.keys(defaults)) {
      assert.deepEqual(
        (defaults as unknown as Record<string, unknown>)[name],
        fields[name]!.default ?? null,
        name,
      );
    }
  });

  test(`${algorithm} takes what changes nothing at values that change nothing`, () => {
    for (const [name, taken] of Object.entries(inert as Record<string, readonly unknown[]>)) {
      for (const value of taken) {
        assert.deepEqual(toVectorMethod(algorithm, { [name]: value }).params, defaults, name);
      }
      assert.match(
        codeOf(algorithm, { [name]: "something else" }),
        /^not_supported: .*Leave it out, or send/,
      );
    }
  });
}

function codeOf(algorithm: VectorAlgorithm, params: Record<string, unknown>): string {
  try {
    toVectorMethod(algorithm, params);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return `${error.code}: ${error.message}`;
  }
  throw new Error("it was accepted");
}

test("the documentation has every parameter that matters with its default", () => {
  const text = readFileSync(new URL("../../../../docs/clustering.md", import.meta.url), "utf8");
  const cells = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const rows = cells.filter((row) => row.length === 7);
  const begin = rows.findIndex(([, first]) => first === "algorithm");
  const table = rows.slice(begin + 2);
  let algorithm = "";
  const told = new Map<string, string>();
  for (const [, name, parameter, value] of table) {
    algorithm = name === "" ? algorithm : name!.replaceAll("`", "");
    told.set(
      `${algorithm} ${/`(\w+)`/.exec(parameter!)?.[1]}`,
      value!.replaceAll(/[`*]/g, "").replace(/:.*/, ""),
    );
  }
  for (const [, name, { defaults }] of METHODS) {
    for (const [parameter, value] of Object.entries(defaults) as [string, unknown][]) {
      const said = told.get(`${name} ${parameter}`);
      assert.equal(
        typeof value === "number" ? Number(said) : said,
        typeof value === "number" ? value : String(value),
        `${name} ${parameter}`,
      );
    }
  }
});

test("what is known and not built is told from what nobody knows", () => {
  for (const [algorithm, params, expected] of [
    ["dbscan", { metric: "manhattan" }, /^not_supported: .*'euclidean' or 'cosine'/],
    ["dbscan", { metric: "euclidian" }, /^invalid_value: metric of dbscan is 'euclidian'/],
    ["dbscan", { p: 1 }, /^not_supported: p=1/],
    ["hdbscan", { match_reference_implementation: true }, /^not_supported/],
    ["hdbscan", { cluster_selection_method: "best" }, /^invalid_value/],
    ["hdbscan", { min_cluster_size: 10, max_cluster_size: 9 }, /^invalid_value: max_cluster_size is 9/],
    ["agglomerative", { linkage: "median" }, /^invalid_value: linkage/],
    ["agglomerative", { affinity: "cosine" }, /^invalid_value: linkage 'ward' is about euclidean/],
    ["agglomerative", { n_clusters: null }, /^invalid_value: n_clusters is null/],
    [
      "agglomerative",
      { n_clusters: 3, distance_threshold: 1 },
      /^invalid_value: n_clusters and distance_threshold/,
    ],
    ["agglomerative", { connectivity: {} }, /^not_supported/],
    ["gaussian_mixture", { covariance_type: "tied" }, /^not_supported: .*'full' or 'diag'/],
    ["gaussian_mixture", { covariance_type: "spherical" }, /^not_supported/],
    ["gaussian_mixture", { means_init: [[1]] }, /^not_supported/],
    ["gaussian_mixture", { random_state: -1 }, /^invalid_value: random_state of gaussian_mixture is -1/],
    ["kmeans", { algorithm: "elkan" }, /^not_supported/],
    ["kmeans", { random_state: -1 }, /^invalid_value/],
  ] as const) {
    assert.match(codeOf(algorithm, params), expected, JSON.stringify(params));
  }
});

test("a threshold decides how many clusters there are, and the default number does not count", () => {
  const { params } = toVectorMethod("agglomerative", { distance_threshold: 0.5 });
  assert.deepEqual(params, { ...agglomerativeMethod.defaults, n_clusters: null, distance_threshold: 0.5 });
});

test("a method's metric is that of its parameters, and euclidean where it has none", () => {
  assert.equal(metricOf(toVectorMethod("dbscan", { metric: "cosine" })), "cosine");
  assert.equal(metricOf(toVectorMethod("hdbscan", { metric: "cosine" })), "cosine");
  const average = toVectorMethod("agglomerative", { affinity: "cosine", linkage: "average" });
  assert.equal(metricOf(average), "cosine");
  assert.equal(metricOf(toVectorMethod("kmeans", {})), "euclidean");
  assert.equal(metricOf(toVectorMethod("gaussian_mixture", {})), "euclidean");
});
