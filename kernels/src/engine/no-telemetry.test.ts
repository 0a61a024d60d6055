import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

it("nothing is written beside a computation, nor told to anybody: no identifier, no cache, no log", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "recluster-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const script = `
    import { kmeans } from ${JSON.stringify(new URL("../index.ts", import.meta.url).href)};
    await kmeans({ data: Float32Array.of(0, 1, 10, 11), rows: 4, cols: 1 }, { nClusters: 2, seed: 1 });`;
  // The runtime keeps silent where these say that a build or a test is running.
  const { CI: _ci, GITHUB_ACTIONS: _actions, TF_BUILD: _build, ORT_DISABLE_TELEMETRY: _off, ...env } = process.env;
  const args = ["--conditions=recluster-source", "--input-type=module", "--eval", script];
  execFileSync(process.execPath, args, {
    env: { ...env, HOME: folder, XDG_CACHE_HOME: folder, TMPDIR: folder },
  });
  assert.deepEqual(readdirSync(folder), []);
}); // prettier-ignore
