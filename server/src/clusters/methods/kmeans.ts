import { checkSeed, oneOf, type WireMethod } from "./wire-method.ts";

/** The contract's KMeansParams, but those that change nothing here. */
export interface KMeansParams {
  readonly n_clusters: number;
  readonly max_iter: number;
  readonly random_state: number | null;
  readonly n_init: number;
  readonly tol: number;
  readonly init: "k-means++" | "random";
}

export const kmeansMethod: WireMethod<KMeansParams> = {
  title: "k-means",
  rules: {
    n_clusters: { type: "integer", minimum: 2, maximum: 1000 },
    max_iter: { type: "integer", minimum: 1, maximum: 10_000 },
    random_state: { type: "integer", nullable: true },
    n_init: { type: "integer", minimum: 1 },
    tol: { type: "number", above: 0 },
    init: { type: "string" },
    verbose: { type: "integer", minimum: 0 },
    copy_x: { type: "boolean" },
    algorithm: { type: "string" },
  },
  inert: { verbose: [0], copy_x: [true], algorithm: ["lloyd"] },
  defaults: {
    n_clusters: 8,
    max_iter: 300,
    random_state: 42,
    n_init: 10,
    tol: 1e-4,
    init: "k-means++",
  },
  check: ({ init, random_state }) => {
    checkSeed("k-means", random_state);
    oneOf("k-means", "init", init, ["k-means++", "random"]);
  },
};
