import type { CentredRows } from "../engine/centred-rows.ts";
import type { Components } from "./components.ts";

type Units = Pick<CentredRows, "mean" | "scale">;

/** Components of centred rows in the units of the input. */
export function toInput(components: Components, { mean, scale }: Units): Components {
  const { means, covariances, cols } = components;
  return {
    ...components,
    means: means.map((value, p) => value / scale + mean[p % cols]!),
    covariances: covariances.map((value) => value / scale ** 2),
  };
}

/** The other way round. */
export function toCentred(components: Components, { mean, scale }: Units): Components {
  const { means, covariances, cols } = components;
  return {
    ...components,
    means: means.map((value, p) => (value - mean[p % cols]!) * scale),
    covariances: covariances.map((value) => value * scale ** 2),
  };
}
