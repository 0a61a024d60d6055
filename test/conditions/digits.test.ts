import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import { type DemoDocument, DIGIT_DIMENSIONS, readDigits } from "../../server/src/cli/demo/demo-data.ts";
import { createConditionsWorld, START } from "../factories/conditions-world.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { seededRandom } from "../factories/random.ts";

const HOUR = 3600;
const BASELINE = 800;
const STREAMED = 200;

let database: TestDatabase;
let digits: { known: DemoDocument[]; unseen: DemoDocument[] };
before(async () => {
  database = await createTestDatabase();
  // In the package's order they are not all alike: the 400 behind the first 800 made a value of 0.055 with p 0.00098.
  const all = shuffled(await readDigits(), seededRandom(1));
  const isKnown = ({ payload }: DemoDocument) => Number(payload.digit) < 8;
  digits = { known: all.filter(isKnown), unseen: all.filter((one) => !isKnown(one)) };
});
after(() => database.close());

const worlds: { close: () => Promise<void> }[] = [];
// Its processes would keep a test that has failed alive.
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function shuffled<T>(list: readonly T[], { integer }: ReturnType<typeof seededRandom>): T[] {
  const mixed = [...list];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = integer(0, at);
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  return mixed;
}

/** Digits 0 to 7 clustered, and a drift trigger that has measured them once. */
async function afterBaseline(metric: object) {
  const world = await createConditionsWorld(database.db);
  worlds.push(world);
  const { collectionId, clusterId } = await world.collect(DIGIT_DIMENSIONS, {
    algorithm_params: { n_clusters: 8, n_init: 1 },
  });
  const add = (documents: readonly DemoDocument[]) =>
    world.ingest(
      collectionId,
      documents.map(({ vectors, ...one }) => ({ ...one, vectors: { v: vectors.pixels } })),
    );
  await add(digits.known.slice(0, BASELINE));
  const trigger = await world.trigger(clusterId, { condition_type: "drift", threshold: 0.05, ...metric });
  // The first check finds nothing to measure against and fires; its run is the baseline.
  await world.round();
  return { ...world, trigger, add };
}

describe("a drift trigger on digits", () => {
  it("fires by itself when eights and nines stream in, with value, threshold and p", async () => {
    const world = await afterBaseline({});
    const { trigger, add } = world;
    assert.deepEqual(
      (await world.decisions(trigger)).map(({ reason, outcome }) => [reason, outcome]),
      [["no_baseline", "fired"]],
    );
    const { baseline_snapshot: baseline, last_drift_measurement: none } = await world.show(trigger);
    assert.deepEqual([baseline.documents, none], [BASELINE, null]);
    assert.deepEqual(baseline.features, [{ name: "v", dimensions: DIGIT_DIMENSIONS }]);

    await world.round(HOUR);
    await add(digits.unseen.slice(0, STREAMED));
    await world.round(HOUR);
    const [, quiet, fired, ...rest] = await world.decisions(trigger);
    assert.deepEqual(rest, []);
    assert.equal(quiet.reason, "below_threshold");
    assert.ok(quiet.evidence.value < 0.05 && quiet.evidence.p_value > 0.001, JSON.stringify(quiet.evidence));

    assert.equal(fired.reason, "condition_met");
    const { value, threshold, p_value: p, metric, documents } = fired.evidence;
    assert.equal(metric, "embedding_drift");
    assert.equal(threshold, 0.05);
    // Two in ten of the documents are of classes that were not there; some of them look like others.
    assert.ok(value >= 0.05 && value <= 1, String(value));
    assert.ok(p < 0.001, String(p));
    assert.deepEqual(
      [fired.evidence.baseline.run_id, documents],
      [baseline.run_id, BASELINE + STREAMED],
    );
    const shown = await world.show(trigger);
    assert.equal(shown.last_drift_measurement.value, value);
    assert.equal(shown.last_condition_check_at, new Date(world.clock.instant.getTime() - 1000).toISOString());
    assert.equal(shown.baseline_snapshot.documents, BASELINE + STREAMED, "the new run is the baseline");

    const text = await world.why(trigger, new Date(fired.last_due));
    for (const fact of ["embedding_drift was", "threshold 0.05", "p 0.000", baseline.run_id, `${BASELINE + STREAMED} documents`]) {
      assert.ok(text.includes(fact), `${fact} in: ${text}`);
    }
    const before = await world.why(trigger, new Date(START.getTime() + HOUR * 1000));
    assert.match(before, /did not fire.*embedding_drift was .*threshold 0.05, p .*against the 800 of the run run_/);

    // Against the new baseline nothing has changed.
    await world.round(HOUR);
    const last = (await world.decisions(trigger)).at(-1);
    assert.equal(last.reason, "below_threshold", JSON.stringify(last.evidence));
  }); // prettier-ignore

  it("does not fire when more of the same stream in", async () => {
    const world = await afterBaseline({});
    for (let hour = 1; hour <= 3; hour++) {
      await world.add(digits.known.slice(BASELINE + (hour - 1) * STREAMED, BASELINE + hour * STREAMED));
      await world.round(HOUR);
    }
    const [first, ...rest] = await world.decisions(world.trigger);
    assert.equal(first.reason, "no_baseline");
    assert.deepEqual(
      rest.map(({ reason, count }) => [reason, count]),
      [["below_threshold", 3]],
      JSON.stringify(rest),
    );
    assert.ok(rest[0].evidence.highest < 0.05, JSON.stringify(rest[0].evidence));
  });

  for (const metric of ["cosine_drift", "euclidean", "mmd", "cluster_share"]) {
    it(`tells classes that were not there from more of the same by ${metric}`, async () => {
      const world = await afterBaseline({ metric, threshold: 0.0001 });
      await world.add(digits.known.slice(BASELINE, BASELINE + STREAMED));
      await world.round(HOUR);
      const quiet = (await world.decisions(world.trigger)).at(-1);
      assert.equal(quiet.reason, "below_threshold", JSON.stringify(quiet.evidence));
      await world.add(digits.unseen.slice(0, 3 * STREAMED));
      await world.round(HOUR);
      const fired = (await world.decisions(world.trigger)).at(-1);
      assert.equal(fired.reason, "condition_met", JSON.stringify(fired.evidence));
      assert.ok(fired.evidence.p_value < 0.001, JSON.stringify(fired.evidence));
    });
  }

  it("measures quality by each of its indices", async () => {
    for (const metric of [
      "quality_degradation",
      "davies_bouldin_degradation",
      "calinski_harabasz_degradation",
    ]) {
      const world = await afterBaseline({ condition_type: "quality", metric, threshold: 0.001 });
      await world.add(digits.unseen.slice(0, 4 * STREAMED));
      await world.round(HOUR);
      const { evidence, reason } = (await world.decisions(world.trigger)).at(-1);
      const { value, baseline_quality: before, current_quality: now } = evidence;
      assert.equal(value, Math.max(0, 1 - now / before), JSON.stringify(evidence));
      assert.equal(reason, value >= 0.001 ? "condition_met" : "below_threshold");
      assert.equal(evidence.p_value, null);
    }
  });
});
