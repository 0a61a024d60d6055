/** Labels by the position of their cluster in `order`, which names every one that occurs; noise stays -1. */
export function relabel(labels: Int32Array, order: Int32Array): Int32Array {
  const position = new Int32Array(order.reduce((most, label) => Math.max(most, label), -1) + 1).fill(-1);
  for (const [index, cluster] of order.entries()) position[cluster] = index;
  return labels.map((label) => (label < 0 ? -1 : position[label]!));
}
