import { readFileSync } from "node:fs";

/** The version of the package this file belongs to, in a checkout and in dist/. */
export const version: string = findVersion(new URL(".", import.meta.url));

function findVersion(folder: URL): string {
  const file = new URL("package.json", folder);
  try {
    const { name, version: found } = JSON.parse(readFileSync(file, "utf8")) as {
      name: string;
      version: string;
    };
    if (name === "recluster") return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return findVersion(new URL("..", folder));
}
