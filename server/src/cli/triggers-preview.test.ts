import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, it } from "node:test";
import { promisify } from "node:util";

import { createConditionsWorld } from "../../../test/factories/conditions-world.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { conditionText } from "./triggers-preview.ts";

const HOUR = 3600;
const MAIN = new URL("main.ts", import.meta.url).pathname;

let database: TestDatabase;
let world: Awaited<ReturnType<typeof createConditionsWorld>>;
let url: string;
before(async () => {
  database = await createTestDatabase();
  world = await createConditionsWorld(database.db);
  url = await world.app.listen({ port: 0, host: "127.0.0.1" });
});
after(async () => {
  await world.close();
  await database.close();
});

/** `recluster triggers preview …` in a process of its own, as a person types it. */
async function preview(...flags: string[]): Promise<{ code: number; said: string }> {
  const { authorization, "x-namespace": namespace } = world.tenant.headers;
  const env = {
    ...process.env,
    RECLUSTER_URL: url,
    RECLUSTER_API_KEY: authorization!.replace("Bearer ", ""),
    RECLUSTER_NAMESPACE: namespace!,
  };
  const args = ["--conditions=recluster-source", MAIN, "triggers", "preview", ...flags];
  try {
    return { code: 0, said: (await promisify(execFile)(process.execPath, args, { env })).stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr };
  }
}

it("lists a condition's checks, says what they do, and what they would have done to a cluster", async () => {
  const { collectionId, clusterId } = await world.collect(2);
  const documents = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({
      document_id: `d${from + i}`,
      vectors: { v: [from + i, 1] },
    }));
  await world.ingest(collectionId, documents(0, 100));
  await world.trigger(clusterId, { condition_type: "volume", threshold: 0.5 });
  await world.round();
  await world.ingest(collectionId, documents(100, 120));
  await world.round(HOUR);

  const flags = ["--condition", "volume", "--threshold", "0.1", "--every", "600", "--count", "3"];
  const alone = await preview(...flags);
  assert.equal(alone.code, 0, alone.said);
  assert.deepEqual(alone.said.match(/2026-05-04 11:\d\d:02/g)?.slice(0, 2), ["2026-05-04 11:00:02", "2026-05-04 11:00:02"]);
  assert.equal(alone.said.match(/2026-05-04 11:[012]0:02Z/g)?.length, 3);
  assert.match(alone.said, /Each is a check\. It fires if there are 100 documents or more and volume_change is 0\.1 or more;/);
  assert.ok(!alone.said.includes("would have fired"));

  const tested = await preview(...flags, "--cluster", clusterId);
  assert.equal(tested.code, 0, tested.said);
  assert.match(tested.said, /would have fired/);
  assert.match(tested.said, /fired +condition_met/);
  const json = await preview(...flags, "--cluster", clusterId, "--json");
  const { occurrences, backtest } = JSON.parse(json.said);
  assert.deepEqual([occurrences.length, backtest.by_reason.condition_met.instants], [3, 1]);
}); // prettier-ignore

it("tells what is wrong with a flag, before the server is asked and by its answer", async () => {
  const wrong: [string[], RegExp][] = [
    [["--condition", "drif", "--threshold", "0.1"], /^recluster: --condition is 'drif'; did you mean 'drift'/],
    [["--condition", "volume", "--threshold", "2"], /^recluster: threshold is 2; a volume is measured from 0 to 1/],
    [["--condition", "volume", "--threshold", "0.1", "--every", "5"], /check_interval_seconds is 5; this server takes 10 or more/],
    [["--condition", "volume", "--treshold", "0.1"], /unknown option '--treshold'[\s\S]*--threshold/],
  ];
  for (const [flags, message] of wrong) {
    const { code, said } = await preview(...flags);
    assert.equal(code, 1, said);
    assert.match(said, message);
  }
}); // prettier-ignore

it("says what a condition's checks do", () => {
  const text = conditionText({
    ...{ condition_type: "drift", threshold: 0.1, clear_threshold: 0.05, consecutive_breaches: 2 },
  });
  assert.equal(
    text,
    "Each is a check. It fires if there are 100 documents or more and embedding_drift is 0.1 or more, p below 0.001, in 2 checks in a row; " +
      "then not again before it was below 0.05 or a run has completed. Without a completed run to measure against it fires at once.",
  );
  const custom = conditionText({
    condition_type: "custom",
    threshold: 3,
    webhook_url: "https://hooks.example",
  });
  assert.match(custom, /and the URL answers that it is met, or a value of 3 or more; .*completed\.$/);
});
