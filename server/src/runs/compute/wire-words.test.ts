import assert from "node:assert/strict";
import { test } from "node:test";

import { gaussianMixture, KernelError, umap } from "#kernels/index.ts";
import { wireWords } from "./wire-words.ts";

test("options have the wire's names in what kernels say, all else stays", async () => {
  const line = { data: Float32Array.of(0, 0, 1, 0, 2, 0), rows: 3, cols: 2 };
  const { notes } = await umap(line, { seed: 1 });
  assert.deepEqual(notes.map(wireWords), ["n_neighbors is 2, not 15: there are 3 rows."]);
  await assert.rejects(gaussianMixture(line, { nComponents: 2, regCovar: 0 }), (error: unknown) => {
    assert.ok(error instanceof KernelError);
    assert.match(wireWords(error.message), /lower n_components or raise reg_covar\.$/);
    return true;
  });
  const others = "Calinski–Harabasz of UMAP, k-means++, JavaScript, 95 %";
  assert.equal(wireWords(others), others);
});
