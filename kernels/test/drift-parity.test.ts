import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import {
  clusterShareDrift,
  cosineDrift,
  type DriftSample,
  embeddingDrift,
  euclideanDrift,
  mmdDrift,
  qualityDegradation,
} from "../src/index.ts";
import { takeRows } from "../src/take-rows.ts";
import { goldenRows, readGolden } from "./golden-rows.ts";

/** What golden/make_drift_golden.py writes; rows are documents. */
type Golden = {
  baseline: number[];
  current: number[];
  auc: number;
  cosine: number;
  distance: number;
  noise: number;
  bandwidth: number;
  mmd: number;
  shares: [baseline: number[], current: number[]];
  share_distance: number;
} & Record<"silhouette" | "davies_bouldin" | "calinski_harabasz", [baseline: number, current: number]>;

for (const file of readdirSync(new URL("./golden/drift/", import.meta.url))) {
  test(`drift as scikit-learn and scipy have it: ${file}`, async () => {
    const golden = readGolden<Golden>(`drift/${file}`);
    const { x, start } = goldenRows(file.replace(".json", ""));
    const sample = (rows: number[]): DriftSample => ({
      vectors: takeRows(x, rows),
      documents: Int32Array.from(rows),
    });
    const samples = [sample(golden.baseline), sample(golden.current)] as const;
    const near = (actual: number | null, expected: number, within = 1e-5) =>
      assert.ok(Math.abs(actual! - expected) <= within, `${actual}, ${expected}`);

    // Scores are float32 here: two that are nearly equal may change places.
    near((await embeddingDrift(...samples)).auc, golden.auc, 2e-5);
    near((await cosineDrift(...samples)).value, golden.cosine);
    const moved = await euclideanDrift(...samples);
    near(moved.distance, golden.distance);
    near(moved.noise, golden.noise);
    const mmd = await mmdDrift(...samples);
    near(mmd.bandwidth, golden.bandwidth);
    near(mmd.value, golden.mmd);
    const shares = await clusterShareDrift(...samples, start);
    near(shares.value, golden.share_distance);
    assert.deepEqual([shares.baselineShares, shares.currentShares], golden.shares.map((share) => Float64Array.from(share))); // prettier-ignore
    for (const index of ["silhouette", "davies_bouldin", "calinski_harabasz"] as const) {
      const found = await qualityDegradation(...samples, start, { index });
      near(found.baselineQuality, golden[index][0]);
      near(found.currentQuality, golden[index][1]);
      near(found.value, Math.max(0, 1 - golden[index][1] / golden[index][0]));
    }
  });
}
