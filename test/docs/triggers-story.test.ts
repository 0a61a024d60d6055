import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { it } from "node:test";

import { format } from "prettier";

import { createTestDatabase, createTestFolder } from "../factories/database.ts";
import { createStoryTeller } from "./story-teller.ts";

const PAGE = new URL("../../docs/a-triggers-story.md", import.meta.url);

/** The story is played on the product, and the page must be what it answered. UPDATE_DOCS=1 writes it anew. */
it("docs/a-triggers-story.md says what the product answers", { timeout: 300_000 }, async (t) => {
  const database = await createTestDatabase();
  const storage = await createTestFolder();
  const story = await createStoryTeller(database.db, storage.folder, new Date("2026-05-04T08:00:00Z"));
  t.after(async () => {
    await story.close();
    await storage.remove();
    await database.close();
  });
  const { tell, show, why, at, ask } = story;
  const documents = (name: string, count: number) => ({
    documents: Array.from({ length: count }, (_, i) => ({
      document_id: `${name}-${i}`,
      payload: { title: `${i % 2 ? "invoice" : "login"} ${name}` },
      vectors: { text: i % 2 ? [1, (i % 7) / 50] : [(i % 5) / 50, 1] },
    })),
  });
  const decided = (answer: any) =>
    answer.decisions.map(({ first_due, last_due, count, outcome, reason, evidence }: any) => ({
      first_due, last_due, count, outcome, reason, evidence,
    })); // prettier-ignore

  tell("# A trigger's story");
  tell(
    "What the API answers over a few days in the life of two triggers of one cluster: one fires every hour, the other after a hundred new documents. Nothing on this page is written by hand but the prose: `test/docs/triggers-story.test.ts` plays the story on the product, with real runs and a clock set by hand, and fails when an answer here is not what was answered. Identifiers are numbered.",
  );

  await ask("POST", "/v1/collections", { collection_name: "tickets", features: [{ name: "text", dimensions: 2 }] });
  await ask("POST", "/v1/collections/tickets/documents/ingest", documents("first", 40));
  const { cluster_id } = await ask("POST", "/v1/clusters", {
    cluster_name: "themes",
    collection_ids: ["tickets"],
    vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2 } },
  });

  // Rows are stamped by the database's own clock, which is not the story's.
  await database.db.sql.updateTable("clusters").set({ created_at: new Date("2026-05-04T08:00:00Z") }).execute();

  tell("## Made, and fired");
  const { trigger_id: hourly } = await show(
    "POST",
    "/v1/clusters/triggers",
    { cluster_id, trigger_type: "interval", schedule_config: { interval_seconds: 3600, probation: true } },
    ({ status, next_scheduled_at, execution_count }) => ({ status, next_scheduled_at, execution_count }),
  );
  await at("2026-05-04T09:00:00.004Z");
  tell("An hour later it fires, and its history has a row:");
  await show("POST", `/v1/clusters/triggers/${hourly}/history`, { limit: 1 }, ({ executions, total }) => ({ executions, total }));
  assert.match(await why(hourly, "2026-05-04T09:00:00Z"), /fired on time, 4 ms after/);

  tell("## Skipped: its cluster was busy");
  tell("At ten somebody has just asked for a run of the cluster, which waits for a worker. An instant that finds its cluster busy does not fire (`overlap: skip`, the default), and says which execution was in the way:");
  await ask("POST", `/v1/clusters/${cluster_id}/execute`);
  await at("2026-05-04T10:00:00.003Z", { compute: false });
  assert.match(await why(hourly, "2026-05-04T10:00:00Z"), /did not fire: the execution run_\w+ of its cluster was pending/);
  await at("2026-05-04T10:00:05Z");

  tell("## Missed: nobody was there");
  tell("The server is stopped at half past ten, and started two days later. What lies inside the catch-up window of a day fires once for all; what is older is only recorded:");
  await at("2026-05-06T10:30:00Z");
  await show("POST", `/v1/clusters/triggers/${hourly}/decisions`, { limit: 2 }, decided);
  assert.match(await why(hourly, "2026-05-05T03:00:00Z"), /catch-up window of 86400 seconds was over/);
  tell("What would another policy have done? A backtest runs the rules over the stored past, as if a scheduler had been there all the time:");
  await show(
    "POST",
    `/v1/clusters/triggers/${hourly}/backtest`,
    { after: "2026-05-04T08:00:00Z", schedule_config: { interval_seconds: 21600 }, limit: 0 },
    ({ text, firings, suppressed, by_reason, actual }) => ({ text, firings, suppressed, by_reason, actual }),
  );

  tell("## Cooled down");
  tell("Its neighbour counts documents. It fires when a hundred have come, then cools down for ten minutes:");
  const { trigger_id: counting } = await show(
    "POST",
    "/v1/clusters/triggers",
    {
      cluster_id,
      trigger_type: "event",
      schedule_config: { event_type: "documents_added", event_threshold: 100, cooldown_seconds: 600 },
    },
    ({ status, event_counter, next_scheduled_at }) => ({ status, event_counter, next_scheduled_at }),
  );
  await ask("POST", "/v1/collections/tickets/documents/ingest", documents("second", 60));
  await at("2026-05-06T10:32:00Z", { decide: false, compute: false });
  await ask("POST", "/v1/collections/tickets/documents/ingest", documents("third", 70));
  await at("2026-05-06T10:32:00.010Z");
  assert.match(await why(counting, "2026-05-06T10:31:50Z"), /it had counted 60 of 100 added documents by then/);
  await at("2026-05-06T10:35:00Z", { decide: false, compute: false });
  await ask("POST", "/v1/collections/tickets/documents/ingest", documents("fourth", 120));
  await at("2026-05-06T10:35:00.015Z");
  assert.match(await why(counting, "2026-05-06T10:35:00Z"), /cooling down for another 421 seconds/);
  await at("2026-05-06T10:42:00.020Z");
  await show("POST", `/v1/clusters/triggers/${counting}/decisions`, undefined, decided);

  tell("## Paused, and resumed");
  await at("2026-05-06T11:00:00.002Z");
  await at("2026-05-06T11:20:00Z");
  await show("POST", `/v1/clusters/triggers/${hourly}/pause`, undefined, ({ status, next_scheduled_at }) => ({ status, next_scheduled_at }));
  await at("2026-05-06T15:10:00Z");
  tell("Four hours later, before anybody resumes it, the backtest also answers what resuming would do:");
  await show("POST", `/v1/clusters/triggers/${hourly}/backtest`, { limit: 0 }, ({ resume }) => resume);
  await show("POST", `/v1/clusters/triggers/${hourly}/resume`, undefined, ({ status, next_scheduled_at }) => ({ status, next_scheduled_at }));
  assert.match(await why(hourly, "2026-05-06T13:00:00Z"), /paused since 2026-05-06T11:20:00.000Z by/);

  tell("## Failed, and back by itself");
  tell("Somebody clears the collection but for one document, which cannot be put into two groups. The runs fail, each saying why, and after five in a row the trigger does, loudly: it fires nothing until it is resumed. This one is on probation, so it will make one trial run after an hour.");
  for (const [name, count] of Object.entries({ first: 40, second: 60, third: 70, fourth: 120 })) {
    for (let i = name === "first" ? 1 : 0; i < count; i++)
      await ask("DELETE", `/v1/collections/tickets/documents/${name}-${i}`);
  }
  for (const hour of [16, 17, 18, 19, 20]) await at(`2026-05-06T${hour}:00:00.005Z`);
  await show("GET", `/v1/clusters/triggers/${hourly}`, undefined, ({ status, status_reason, consecutive_failures, last_execution_status, last_execution_error, next_scheduled_at }) => ({
    status, status_reason, consecutive_failures, last_execution_status, last_execution_error, next_scheduled_at,
  })); // prettier-ignore
  tell("Meanwhile documents have come, and the trial run completes:");
  await ask("POST", "/v1/collections/tickets/documents/ingest", documents("fifth", 50));
  await at("2026-05-06T21:00:00.005Z");
  await at("2026-05-06T22:00:00.005Z");
  await show("GET", `/v1/clusters/triggers/${hourly}`, undefined, ({ status, status_reason, consecutive_failures, last_execution_status }) => ({
    status, status_reason, consecutive_failures, last_execution_status,
  })); // prettier-ignore
  await why(hourly, "2026-05-06T21:00:00Z");
  await why(hourly, "2026-05-06T22:00:00Z");

  tell("## The whole of it");
  tell("Every due instant lies in exactly one decision:");
  await show("POST", `/v1/clusters/triggers/${hourly}/decisions`, { limit: 50 }, ({ decisions }) =>
    decisions.map(({ first_due, last_due, count, reason }: any) => `${first_due} .. ${last_due} x${count} ${reason}`),
  );

  const page = await format(story.text(), { parser: "markdown", printWidth: 150, proseWrap: "preserve" });
  if (process.env.UPDATE_DOCS) await writeFile(PAGE, page);
  assert.equal(await readFile(PAGE, "utf8"), page, "UPDATE_DOCS=1 npm test -- test/docs/triggers-story.test.ts writes it anew");
}); // prettier-ignore
