/**
 * Event triggers, each of a collection of its own, among 10,000 triggers that sleep: from the commit of the documents that reach the threshold to the
 * commit of the decision. Beside a bare pair: one session commits a row with a NOTIFY, another that listens claims a
 * trigger in one statement.
 */
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";
import pg from "pg";

import type { Database } from "../../server/src/db/database.ts";
import { databaseClock, readClock } from "../../server/src/db/database-clock.ts";
import type { Api } from "../../test/factories/api.ts";
import { seededRandom } from "../../test/factories/random.ts";
import { distribution } from "../distribution.ts";
import type { BenchRow } from "../result.ts";
import { untilDecided } from "./fire.ts";
import type { Scaled } from "./main.ts";
import { withBench, type Bench } from "./open.ts";
import { claimBare, makeDue, withoutHistory } from "./queue.ts";
import { seedCollection, seedSleepers, seedTriggers } from "./seed.ts";
import { SLEEPING } from "./single.ts";

const TRIGGERS = 200;
const DOCUMENTS = 10;
/** What comes first opens connections and plans statements, and is not counted. */
const UNCOUNTED = 3;

export function events(scaled: Scaled): Promise<BenchRow[]> {
  return withBench(async (bench) => {
    const { db, serve } = bench;
    const random = seededRandom(14);
    const gap = () => random.integer(50, 100);
    const { api } = await serve("api,scheduler");
    const count = scaled(TRIGGERS, 20) + UNCOUNTED;
    const triggerIds = await seedEventTriggers(api, count);
    await seedCollection(api);
    await seedSleepers(db, api, scaled(SLEEPING));
    const bareIds = await seedTriggers(db, api, count, "paused");
    for (const index of triggerIds.keys()) {
      await api.call("POST", `/v1/collections/watched${index}/documents/ingest`, documents(random.next));
      await delay(gap());
    }
    await untilDecided(db, await readClock(db.sql, databaseClock));
    const ours = await sinceDocuments(db, triggerIds.slice(UNCOUNTED));
    const bare = await barePairs(bench, bareIds, gap);
    return [
      distribution("lateness p99, after the commit of documents", ours, bare),
      distribution("  its baseline p99: a bare NOTIFY and claim", bare, null),
    ];
  });
}

async function seedEventTriggers(api: Api, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const name = `watched${index}`;
    await api.call("POST", "/v1/collections", {
      collection_name: name,
      features: [{ name: "v", dimensions: 4 }],
    });
    const trigger = await api.call("POST", "/v1/clusters/triggers", {
      execution_config: {
        collection_ids: [name],
        config: { algorithm: "kmeans", n_clusters: 2, n_init: 1 },
      },
      trigger_type: "event",
      schedule_config: { event_type: "documents_added", event_threshold: DOCUMENTS },
    });
    ids.push(trigger.trigger_id);
  }
  return ids;
}

function documents(next: () => number): object {
  return {
    documents: Array.from({ length: DOCUMENTS }, (_, index) => ({
      document_id: `d${index}`,
      vectors: { v: [next(), next(), next(), next()] },
    })),
  };
}

async function sinceDocuments(db: Database, triggerIds: readonly string[]): Promise<number[]> {
  const { rows } = await sql<{ ms: number }>`
    select extract(epoch from pg_xact_commit_timestamp(d.xmin) - pg_xact_commit_timestamp(e.xmin))::float8 * 1000 as ms
    from decisions d
    join trigger_positions p on p.trigger_id = d.trigger_id
    join document_events e on e.collection_id = p.collection_id and e.total_added = ${DOCUMENTS} and e.added > 0
    where d.trigger_id = any(${triggerIds}::text[]) and d.run_id is not null`.execute(db.sql);
  if (rows.length !== triggerIds.length)
    throw new Error(`Only ${rows.length} of ${triggerIds.length} triggers fired.`);
  return rows.map((row) => row.ms);
}

async function barePairs(
  { db, url }: Bench,
  triggerIds: readonly string[],
  gap: () => number,
): Promise<number[]> {
  const at = await readClock(db.sql, databaseClock);
  await makeDue(
    db,
    triggerIds.map((trigger_id) => ({ trigger_id, at })),
  );
  await sql`create table bare_events (trigger_id text)`.execute(db.sql);
  const listener = new pg.Client(url);
  await listener.connect();
  const claims: Promise<void>[] = [];
  listener.on("notification", ({ payload }) => claims.push(claimBare(db, [payload!])));
  await listener.query("listen bare_events");
  await withoutHistory(db, async () => {
    for (const id of triggerIds) {
      await sql`
        with event as (insert into bare_events values (${id}) returning trigger_id)
        select pg_notify('bare_events', trigger_id) from event`.execute(db.sql);
      await delay(gap());
    }
    await Promise.all(claims);
  });
  await listener.end();
  const { rows } = await sql<{ ms: number }>`
    select extract(epoch from pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(b.xmin))::float8 * 1000 as ms
    from bare_events b join executions e using (trigger_id)`.execute(db.sql);
  if (rows.length !== triggerIds.length)
    throw new Error(`The bare pair claimed ${rows.length} of ${triggerIds.length}.`);
  return rows.slice(UNCOUNTED).map((row) => row.ms);
}
