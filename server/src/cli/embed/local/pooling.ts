/** How the vectors of a text's tokens become one: their mean, their greatest values, the first token's, the last's. */
export const POOLINGS = ["mean", "cls", "max", "last"] as const;
export type Pooling = (typeof POOLINGS)[number];

/**
 * One vector [width] of the tokens [length, width] that begin at `from` in `tokens`. `length` is the text's own tokens:
 * padding after them is not looked at. Sums in float64.
 */
export function pool(
  pooling: Pooling,
  tokens: ArrayLike<number>,
  from: number,
  length: number,
  width: number,
): Float64Array {
  const out = new Float64Array(width);
  if (pooling === "cls" || pooling === "last") {
    const at = from + (pooling === "cls" ? 0 : (length - 1) * width);
    for (let column = 0; column < width; column++) out[column] = tokens[at + column]!;
    return out;
  }
  if (pooling === "max") out.fill(-Infinity);
  for (let token = 0; token < length; token++) {
    const at = from + token * width;
    for (let column = 0; column < width; column++) {
      const value = tokens[at + column]!;
      if (pooling === "mean") out[column]! += value / length;
      else if (value > out[column]!) out[column] = value;
    }
  }
  return out;
}

/** Divides by the euclidean length in place; a vector of zeros stays. */
export function normalize(vector: Float64Array): Float64Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares > 0) {
    const factor = 1 / Math.sqrt(squares);
    for (let column = 0; column < vector.length; column++) vector[column]! *= factor;
  }
  return vector;
}
