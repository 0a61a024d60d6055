import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const MAIN = new URL("../../server/src/cli/main.ts", import.meta.url).pathname;

/** What the README promises: the main job on real data by one command, to its end. */
test("the demo finds the digits, notices by itself when others come, and says what changed", async () => {
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
    assert.match(stdout, /digits: 8 clusters of 8,078 documents/);
    assert.match(stdout, /2 clusters were born \(cl_\d+ 'digit: [89]', .* 8 kept;/);
    const agreements = [...stdout.matchAll(/^([\d,]+) pictures .* index (\d\.\d+), (\d+\.\d) % noise$/gm)];
    assert.deepEqual(
      agreements.map(([, pictures]) => pictures),
      ["8,078", "10,000"],
    );
    for (const [, pictures, rand, noise] of agreements) {
      // umap-learn and hdbscan reach 0.825 and 0.827 of all of the pictures (bench/kernels).
      assert.ok(Number(rand) > 0.8, `adjusted Rand index ${rand} of ${pictures}`);
      assert.ok(Number(noise) < 10, `${noise} % noise of ${pictures}`);
    }
    assert.match(
      stdout,
      /It was due at .* and fired.*: embedding_drift was 0\.\d+ \(threshold 0\.05, p 0\.\d+\)/,
    );
    const counts =
      /^([\d,]+) new documents have a predicted cluster of run_\w+, ([\d,]+) \(\d+\.\d %\) belong to none\.$/m;
    const [, placed, unplaced] = counts.exec(stdout)!;
    const number = (text: string) => Number(text.replaceAll(",", ""));
    assert.equal(number(placed!) + number(unplaced!), 1_922, "every new picture was looked at");
    assert.match(
      stdout,
      /Of 1,922 placed before run_\w+, it put [\d,]+ \(\d+\.\d %\) where they were predicted\./,
    );
    const report = await readFile(join(folder, "demo", "digits-report.html"), "utf8");
    assert.match(report, /2 clusters were born/);
    assert.match(report, /New documents: .*where they were predicted/);
    assert.equal(
      report.match(/<img src="data:image\/png;base64,/g)!.length,
      100,
      "ten pictures of each cluster",
    );
    assert.doesNotMatch(report, /src="http|href="http|@import/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
