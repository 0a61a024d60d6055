import assert from "node:assert/strict";
import { test } from "node:test";
import { type DriftSample, embeddingDrift, kmeans, normalizeRows } from "../src/index.ts";
import { Random } from "../src/random.ts";
import { takeRows } from "../src/take-rows.ts";
import { goldenRows } from "./golden-rows.ts";

const { x } = goldenRows("embeddings");
const sample = (rows: Int32Array): DriftSample => ({ vectors: takeRows(x, rows), documents: rows });

test("texts drawn twice are not told apart, also if half of them are the same", async () => {
  let below = 0;
  for (let draw = 0; draw < 40; draw++) {
    const rows = Random.seeded(draw).distinct(160, x.rows);
    const shared = draw % 2 === 0 ? 0 : 50;
    const baseline = sample(rows.subarray(0, 80));
    const current = sample(rows.slice(80 - shared, 160 - shared));
    const { value, pValue } = await embeddingDrift(baseline, current, { seed: draw });
    assert.ok(!(value >= 0.04 && pValue < 0.001), `draw ${draw} fires: ${value}, ${pValue}`);
    if (pValue < 0.1) below++;
  }
  assert.ok(below <= 12, `${below} of 40 below 0.1`);
});

test("a subject that was not there before is noticed, and measured as no more than its share", async () => {
  const { labels } = await kmeans(normalizeRows(x), { nClusters: 8, metric: "cosine", seed: 1, nInit: 3 });
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const subject = [...sizes].sort((a, b) => b[1] - a[1])[0]![0];
  const order = Random.seeded(1).distinct(x.rows, x.rows);
  const known = order.filter((row) => labels[row] !== subject);
  const added = order.filter((row) => labels[row] === subject).subarray(0, 60);
  const current = Int32Array.from([...known.subarray(0, 240), ...added]);
  const { value, pValue } = await embeddingDrift(sample(known.slice(0, 300)), sample(current));
  assert.ok(value > 0.15 && value <= 0.2 + 1e-9, `${value}`);
  assert.ok(pValue < 0.001, `${pValue}`);
});
