import { KernelError } from "../kernel-error.ts";

/** @throws KernelError `shape_mismatch` unless there is a label for each of `count` rows, `bad_parameter` for what is none */
export function checkLabels(labels: ArrayLike<number>, count: number, what: string): void {
  if (labels.length !== count) {
    throw new KernelError(
      "shape_mismatch",
      `There are ${count} ${what} and ${labels.length} labels; give a label for each.`,
    );
  }
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < -1) {
      throw new KernelError(
        "bad_parameter",
        `Label ${label} of row ${row} is not a whole number from 0, nor -1 for noise.`,
      );
    }
  }
}
