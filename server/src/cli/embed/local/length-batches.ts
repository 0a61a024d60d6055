/**
 * Texts that go through the model together, by their index. Sorted by length, longest first: texts of one batch are padded
 * to its longest, and padding costs as much as text; the longest first, so that a memory that does not suffice shows at
 * once. A batch has at most `mostTexts` and, padded, `mostTokens`, but always one text.
 */
export function lengthBatches(
  lengths: readonly number[],
  { mostTexts, mostTokens }: { mostTexts: number; mostTokens: number },
): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    const width = lengths[batch[0] ?? index]!;
    if (batch.length > 0 && (batch.length >= mostTexts || (batch.length + 1) * width > mostTokens)) {
      batches.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
