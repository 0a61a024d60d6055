import assert from "node:assert/strict";
import { test } from "node:test";

import { kmeansDefinition } from "../../../test/factories/runs.ts";
import { refuseTooLarge } from "./refuse-too-large.ts";

const MB = 1024 * 1024;
const { method, featureName } = kmeansDefinition(["col_1"]);
const refusal = (documents: number, sampleSize: number | null, limitBytes: number): string | undefined => {
  try {
    refuseTooLarge(
      { documents, features: [{ name: "text", dimensions: 384 }] },
      { method, featureName, sampleSize },
      limitBytes,
    );
    return undefined;
  } catch (error) {
    assert.equal((error as { code: string }).code, "too_large");
    return (error as Error).message;
  }
};

test("what fits passes, what does not is told the sample that would", () => {
  assert.equal(refusal(800_000, null, 4096 * MB), undefined);
  const message = refusal(2_000_000, null, 4096 * MB)!;
  assert.match(message, /^2,000,000 vectors of 384 dimensions, clustered all at once, need about 7,032 MB/);
  assert.match(message, /a run may take 4,096 MB \(RECLUSTER_RUN_MEMORY_MB\)/);
  const [, fitting] = /Set sample_size to ([\d,]+) or less/.exec(message)!;
  const largest = Number(fitting!.replaceAll(",", ""));
  assert.equal(refusal(2_000_000, largest, 4096 * MB), undefined);
  assert.match(
    refusal(2_000_000, Math.ceil(largest * 1.1), 4096 * MB)!,
    /^A sample of [\d,]+ of 2,000,000 vectors/,
  );
  assert.equal(refusal(2_000_000, 3_000_000, 4096 * MB)?.startsWith("2,000,000 vectors"), true);
  assert.match(refusal(2_000_000, 100, 1024 * MB)!, /Raise the limit; no sample_size would do/);
});

test("of a snapshot with more features only those that the run reads count", () => {
  const features = [
    { name: "text", dimensions: 384 },
    { name: "image", dimensions: 4096 },
  ];
  const refuse = (featureName: string) =>
    refuseTooLarge({ documents: 800_000, features }, { method, featureName, sampleSize: null }, 4096 * MB);
  refuse("text");
  assert.throws(() => refuse("image"), /^RunRefused: 800,000 vectors of 4096 dimensions/);
});

test("groups of attributes need no vectors", () => {
  const attributes = {
    algorithm: "attribute_based",
    attributes: ["a"],
    hierarchicalGrouping: false,
  } as const;
  refuseTooLarge({ documents: 1e9, features: [] }, { method: attributes, featureName }, 128 * MB);
});
