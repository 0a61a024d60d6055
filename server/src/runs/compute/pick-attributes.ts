type Values = readonly (readonly unknown[])[];

/**
 * Each document's values at the wanted paths: a snapshot may have more. Documents that share an array go on sharing
 * one. A path that the snapshot lacks is undefined in all.
 */
export function pickAttributes(values: Values, paths: readonly string[], wanted: readonly string[]): Values {
  if (paths.join("\n") === wanted.join("\n")) return values;
  const at = wanted.map((path) => paths.indexOf(path));
  const picked = new Map<readonly unknown[], readonly unknown[]>();
  return values.map((all) => {
    const some = picked.get(all) ?? at.map((position) => all[position]);
    picked.set(all, some);
    return some;
  });
}
