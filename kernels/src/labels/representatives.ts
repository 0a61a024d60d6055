import { KernelError } from "../kernel-error.ts";

/** Rows looked at beside a wanted one whose content has been taken. */
const LOOKED_AT = 64;

/**
 * Rows that show what a cluster is: half of them the nearest to its centre, which are the most typical, the others evenly
 * spread over the rest of the distances, so that its edges show as well. Of equal contents one is taken.
 *
 * @param rows the cluster's rows, the nearest to its centre first
 * @param contentOf what a row would show; null for a row that shows nothing
 * @returns at most `count` rows, in the order of `rows`
 * @throws KernelError `bad_parameter`
 */
export function representatives(
  rows: ArrayLike<number>,
  count: number,
  contentOf: (row: number) => string | null,
): number[] {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new KernelError("bad_parameter", `count is ${count}; give a whole number from 1.`);
  }
  const shown = new Set<string>();
  const taken = new Set<number>();
  const take = (place: number): boolean => {
    if (taken.has(place)) return false;
    const content = contentOf(rows[place]!);
    if (content === null || shown.has(content)) return false;
    shown.add(content);
    taken.add(place);
    return true;
  };
  const typical = Math.ceil(count / 2);
  let from = 0;
  for (; from < rows.length && taken.size < typical && from < LOOKED_AT * count; from++) take(from);
  const others = count - taken.size;
  for (let i = 0; i < others; i++) {
    const wanted = from + Math.floor(((i + 0.5) / others) * (rows.length - from));
    for (let step = 0; step < LOOKED_AT; step++) {
      // Outwards from the wanted place: 0, +1, -1, +2, …
      const place = wanted + (step % 2 === 0 ? -step / 2 : (step + 1) / 2);
      if (place >= from && place < rows.length && take(place)) break;
    }
  }
  return [...taken].sort((a, b) => a - b).map((place) => rows[place]!);
}
