import { spawnSync } from "node:child_process";

/**
 * What is about to be committed: files that differ from `since`, and new ones. If nothing is, what the last commit has changed.
 * Null where git cannot say.
 *
 * @param since a commit; null: the last one
 */
export function changedFiles(since: string | null): string[] | null {
  const changed = git("diff", "--name-only", since ?? "HEAD");
  const added = git("ls-files", "--others", "--exclude-standard");
  if (!changed || !added) return null;
  const all = [...changed, ...added];
  return all.length > 0 || since !== null ? all : git("diff", "--name-only", "HEAD~1");
}

function git(...args: string[]): string[] | null {
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8" });
  return status === 0 ? stdout.split("\n").filter((line) => line !== "") : null;
}
