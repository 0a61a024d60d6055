import assert from "node:assert/strict";
import { test } from "node:test";

import { nearestName } from "./nearest-name.ts";

test("names the closest known name, and none when nothing is close", () => {
  const known = ["n_clusters", "max_iter", "tol"];
  assert.equal(nearestName("n_cluster", known), "n_clusters");
  assert.equal(nearestName("N_CLUSTERS", known), "n_clusters");
  assert.equal(nearestName("maxiter", known), "max_iter");
  assert.equal(nearestName("tool", known), "tol");
  assert.equal(nearestName("temperature", known), undefined);
  assert.equal(nearestName("", known), undefined);
});
