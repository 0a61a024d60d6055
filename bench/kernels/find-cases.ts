import { readdir } from "node:fs/promises";

import type { KernelCase } from "./kernel-case.ts";

/** All arrays of cases that the files in `cases/` export, by file and then as they stand. */
export async function findCases(): Promise<readonly KernelCase[]> {
  const folder = new URL("./cases/", import.meta.url);
  const cases: KernelCase[] = [];
  for (const file of (await readdir(folder)).sort()) {
    if (!file.endsWith(".ts")) continue;
    const exported = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    for (const list of Object.values(exported))
      if (Array.isArray(list)) cases.push(...(list as readonly KernelCase[]));
  }
  return cases;
}

export function caseNamed(cases: readonly KernelCase[], name: string | undefined): KernelCase {
  const found = cases.find((one) => one.name === name);
  if (!found) throw new Error(`There is no case '${name}'.`);
  return found;
}
