import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";

import { CommandError } from "../explain-failure.ts";

/**
 * Throws CommandError unless there is a file that can be read. Not for a pipe either: files are looked at before they
 * are read, and read again from anywhere.
 */
export async function assertFile(path: string): Promise<void> {
  const found = await orUnreadable(path, stat(path));
  if (found.isDirectory()) throw new CommandError(`${path} is a folder; name a file in it.`);
  if (!found.isFile()) {
    throw new CommandError(`${path} is no file: a pipe can be read only once. Write it into a file first.`);
  }
  await orUnreadable(path, access(path, constants.R_OK));
}

async function orUnreadable<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
