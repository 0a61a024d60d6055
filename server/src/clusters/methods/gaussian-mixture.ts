import { checkSeed, oneOf, type WireMethod } from "./wire-method.ts";

/** The contract's GaussianMixtureParams, but those that change nothing here. */
export interface GaussianMixtureParams {
  readonly n_components: number;
  readonly covariance_type: "full" | "diag";
  readonly tol: number;
  readonly reg_covar: number;
  readonly max_iter: number;
  readonly n_init: number;
  readonly random_state: number | null;
}

export const gaussianMixtureMethod: WireMethod<GaussianMixtureParams> = {
  title: "gaussian_mixture",
  rules: {
    n_components: { type: "integer", minimum: 1 },
    covariance_type: { type: "string" },
    tol: { type: "number", above: 0 },
    reg_covar: { type: "number", minimum: 0 },
    max_iter: { type: "integer", minimum: 1 },
    n_init: { type: "integer", minimum: 1 },
    init_params: { type: "string" },
    weights_init: { type: "list", nullable: true },
    means_init: { type: "list", nullable: true },
    precisions_init: { type: "list", nullable: true },
    random_state: { type: "integer", nullable: true },
    warm_start: { type: "boolean" },
    verbose: { type: "integer", minimum: 0 },
    verbose_interval: { type: "integer", minimum: 1 },
  },
  inert: {
    init_params: ["kmeans"],
    weights_init: [null],
    means_init: [null],
    precisions_init: [null],
    warm_start: [false],
    verbose: [0],
  },
  defaults: {
    n_components: 1,
    covariance_type: "full",
    tol: 1e-3,
    reg_covar: 1e-6,
    max_iter: 100,
    n_init: 1,
    random_state: 42,
  },
  check: ({ covariance_type, random_state }) => {
    checkSeed("gaussian_mixture", random_state);
    oneOf("gaussian_mixture", "covariance_type", covariance_type, ["full", "diag"], ["tied", "spherical"]);
  },
};
