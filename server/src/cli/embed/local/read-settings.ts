import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { CommandError } from "../../explain-failure.ts";

/** A settings file of a model folder; undefined when there is none. Throws CommandError when it is not a JSON object. */
export async function readSettings(
  folder: string,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const value = await readJson(folder, name);
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CommandError(`--embed: ${join(folder, name)} is not a JSON object.`);
  }
  return value as Record<string, unknown>;
}

/** The same for any JSON. */
export async function readJson(folder: string, name: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(join(folder, name), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError(`--embed: ${join(folder, name)} cannot be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CommandError(`--embed: ${join(folder, name)} is not valid JSON: ${(error as Error).message}`);
  }
}

/** A whole number from 1, or undefined: files have null, nothing, or 1e30 for "no limit". */
export function countIn(
  settings: Readonly<Record<string, unknown>> | undefined,
  name: string,
): number | undefined {
  const value = settings?.[name];
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 1_000_000
    ? value
    : undefined;
}
