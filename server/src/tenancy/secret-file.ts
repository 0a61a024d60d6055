import { link, readFile, rm, writeFile } from "node:fs/promises";

import { newUuid } from "../platform/ids.ts";

/** The secret that a file (mode 0600) holds; if it does not exist it is written with a new one. Of several at once one writes, all read it. */
export async function secretInFile(file: string, generate: () => string): Promise<string> {
  const secret = generate();
  const draft = `${file}.${newUuid()}`;
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await readFile(file, "utf8")).trim();
  } finally {
    await rm(draft, { force: true });
  }
}
