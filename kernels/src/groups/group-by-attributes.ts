import { KernelError } from "../kernel-error.ts";
import { attributeKey, compareAttributes } from "./attribute-key.ts";

export type AttributeGroup = {
  /** Values of the first `level` + 1 attributes (flat: of all), null where missing. */
  key: unknown[];
  /** Rows in the group. */
  size: number;
  /** Index of the group one level up; null at the top and in flat grouping. */
  parent: number | null;
  /** 0 at the top; always 0 in flat grouping. */
  level: number;
};

export type AttributeGrouping = {
  /** Index in `groups` of each row's most detailed group, int32 [rows]. */
  labels: Int32Array;
  /** Parents before children: by level, then the larger first, then by key. */
  groups: AttributeGroup[];
};

/**
 * Groups rows with equal attributes. Flat: one group for each different tuple. Hierarchical: a group for each different
 * prefix of the tuples, so that country, city gives countries and in each its cities. A missing value (null, undefined)
 * is a value of its own. What equal means is said in attribute-key.ts.
 *
 * @param rows attributes of each row, all tuples of the same length, at least 1
 * @throws KernelError `shape_mismatch`, `bad_parameter` (no attribute, or one that is a function or symbol)
 */
export function groupByAttributes(
  rows: readonly (readonly unknown[])[],
  options: { readonly hierarchical: boolean },
): AttributeGrouping {
  const width = checkWidth(rows);
  const found = new Map<string, Found>();
  const leaves: Found[] = [];
  for (const row of rows) {
    let parent: Found | null = null;
    let path = "";
    for (let level = 0; level < width; level++) {
      path += `${attributeKey(row[level])}\n`;
      if (!options.hierarchical && level < width - 1) continue;
      let group = found.get(path);
      if (group === undefined) {
        const key = row.slice(0, level + 1).map((value) => value ?? null);
        found.set(path, (group = { key, size: 0, parent, level: options.hierarchical ? level : 0 }));
      }
      group.size++;
      parent = group;
    }
    if (parent !== null) leaves.push(parent);
  }

  const sorted = [...found.values()].sort(
    (a, b) => a.level - b.level || b.size - a.size || compareKeys(a.key, b.key),
  );
  const position = new Map(sorted.map((group, index) => [group, index]));
  return {
    labels: Int32Array.from(leaves, (leaf) => position.get(leaf)!),
    groups: sorted.map(({ key, size, parent, level }) => ({
      key,
      size,
      parent: parent === null ? null : position.get(parent)!,
      level,
    })),
  };
}

type Found = { readonly key: unknown[]; size: number; readonly parent: Found | null; readonly level: number };

function checkWidth(rows: readonly (readonly unknown[])[]): number {
  const width = rows[0]?.length ?? 1;
  if (width === 0)
    throw new KernelError("bad_parameter", "Rows have no attributes; name at least one to group by.");
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0) {
    throw new KernelError(
      "shape_mismatch",
      `Row ${odd} has ${rows[odd]!.length} attributes and row 0 has ${width}; give null for a missing one.`,
    );
  }
  return width;
}

function compareKeys(a: readonly unknown[], b: readonly unknown[]): number {
  for (const [i, value] of a.entries()) {
    const order = compareAttributes(value, b[i]);
    if (order !== 0) return order;
  }
  return 0;
}
