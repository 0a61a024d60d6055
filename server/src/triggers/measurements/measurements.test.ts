import assert from "node:assert/strict";
import { after, before, it } from "node:test";

import { createConditionsWorld, START } from "../../../../test/factories/conditions-world.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import type { ListMeasurementsResponse } from "#contract/measurements.ts";
import { addMs } from "../../platform/clock.ts";

const HOUR = 3600;

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.close());

it("lists what checks have found, newest first, by time, and which of them fired", async () => {
  const world = await createConditionsWorld(database.db, { env: {} });
  try {
    const { collectionId, clusterId } = await world.collect(3);
    const ingest = (from: number, to: number) =>
      world.ingest(
        collectionId,
        Array.from({ length: to - from }, (_, k) => ({
          document_id: `p${from + k}`,
          vectors: { v: [1, 2, from + k] },
        })),
      );
    await ingest(0, 100);
    const trigger = await world.trigger(clusterId, { condition_type: "volume", threshold: 0.2 });
    await world.round();
    await ingest(100, 110);
    await world.round(HOUR);
    await ingest(110, 150);
    await world.round(HOUR);
    const list = (body: object = {}) =>
      world.ask(
        "POST",
        `/v1/clusters/triggers/${trigger}/measurements`,
        body,
      ) as Promise<ListMeasurementsResponse>;
    const due = (hour: number) => addMs(START, hour * HOUR * 1000).toISOString();
    const { measurements } = await list();
    assert.deepEqual(
      measurements.map(({ due_at, metric, value, fired }) => [due_at, metric, value, fired]),
      [
        [due(2), "volume_change", 50 / 150, true],
        [due(1), "volume_change", 10 / 110, false],
        [due(0), "volume_change", null, true],
      ],
    );
    assert.equal(measurements[0]!.baseline_run_id, measurements[1]!.baseline_run_id);
    assert.equal(measurements[2]!.baseline_run_id, null);
    const newest = await list({ limit: 1 });
    assert.deepEqual(newest.measurements, measurements.slice(0, 1));
    assert.deepEqual(
      (await list({ before: newest.measurements.at(-1)!.due_at })).measurements,
      measurements.slice(1),
    );
    assert.deepEqual((await list({ after: due(1), before: due(2) })).measurements, measurements.slice(1, 2));
  } finally {
    await world.close();
  }
});
