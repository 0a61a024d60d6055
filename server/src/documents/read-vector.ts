import { DocumentRefused, kindOf } from "./incoming-document.ts";

/**
 * The numbers of a vector as float32. Throws DocumentRefused unless `value` is an array of exactly `dimensions`
 * numbers, each within the range of a float32. JSON cannot carry NaN, but 1e999 is read as Infinity.
 */
export function readVector(feature: string, value: unknown, dimensions: number): Float32Array {
  if (!Array.isArray(value)) {
    throw new DocumentRefused(
      `The vector '${feature}' must be an array of numbers; this is ${kindOf(value)}.`,
    );
  }
  if (value.length !== dimensions) {
    throw new DocumentRefused(
      `The vector '${feature}' has ${value.length} numbers; the collection's feature has ${dimensions}.`,
      "wrong_dimensions",
    );
  }
  const numbers = value as unknown[];
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < dimensions; i++) {
    const number = numbers[i];
    if (typeof number !== "number") throw notANumber(feature, i, kindOf(number));
    const single = Math.fround(number);
    // Infinity and NaN are the only ones that do not equal themselves less zero.
    if (single - single !== 0) throw notANumber(feature, i, `${number}, beyond the range of a float32`);
    vector[i] = single;
  }
  return vector;
}

function notANumber(feature: string, position: number, given: string): DocumentRefused {
  return new DocumentRefused(
    `The vector '${feature}' must hold finite numbers; at position ${position} it has ${given}.`,
  );
}
