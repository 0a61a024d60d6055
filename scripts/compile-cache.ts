import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * What Node makes of each module (types taken away, code compiled), kept by content for the next process: a test file that loads the
 * whole server takes 1.9 s of processor time to do that instead of 3.5, and some start servers by the dozen.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, "../node_modules/.cache/compiled"),
};

/** Servers that are killed keep nothing for the next; what they load is loaded here once to its end. */
export function fillCompileCache(): void {
  if (existsSync(COMPILE_CACHE.NODE_COMPILE_CACHE)) return;
  const modules = ["server/src/cli/serve.ts", "server/src/runs/compute/compute-run.ts"];
  const load = `${modules.map((path) => `await import("./${path}");`).join("")} process.exit(0);`;
  spawnSync(process.execPath, ["--conditions=recluster-source", "--input-type=module", "--eval", load], {
    cwd: join(import.meta.dirname, ".."),
    env: { ...process.env, ...COMPILE_CACHE },
  });
}
