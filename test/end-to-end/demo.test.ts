import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const MAIN = new URL("../../server/src/cli/main.ts", import.meta.url).pathname;

/** What the README promises: the main job on real data by one command, to its end. */
test("the demo clusters texts and digits, and finds the digits", async () => {
  const folder = await mkdtemp(join(tmpdir(), "recluster-test-"));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "--conditions=recluster-source",
        MAIN,
        "demo",
        "--once",
        "--port",
        "0",
        "--data-dir",
        join(folder, "demo"),
      ],
      { timeout: 600_000 },
    );
    assert.match(stdout, /topics: 12 clusters of 778 documents/);
    assert.match(stdout, /categories: 13 clusters of 778 documents/);
    assert.match(stdout, /digits: 10 clusters of 10,000 documents/);
    const [, rand, noise] = /adjusted Rand index (\d\.\d+), (\d+\.\d) % noise/.exec(stdout)!;
    // umap-learn and hdbscan reach 0.825 and 0.827 of the same pictures (bench/kernels).
    assert.ok(Number(rand) > 0.8, `adjusted Rand index ${rand}`);
    assert.ok(Number(noise) < 10, `${noise} % noise`);
    assert.match(stdout, /It was due at .* fired/);
    assert.match(stdout, /It did not fire at .*: it had counted \d+ of 5000 added documents/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
