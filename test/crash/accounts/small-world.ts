import type { Database } from "../../../server/src/db/database.ts";
import { ManualClock } from "../../../server/src/db/database-clock.ts";
import type { TriggerType } from "../../../server/src/db/tables.ts";
import { addMs } from "../../../server/src/platform/clock.ts";
import { silentLogger } from "../../../server/src/platform/logger.ts";
import { TestSignals } from "../../../server/src/platform/test-signals.ts";
import { cancelExecution } from "../../../server/src/runs/cancel-execution.ts";
import { claimRun } from "../../../server/src/runs/claim-run.ts";
import { type AttemptOutcome, endAttempt } from "../../../server/src/runs/end-attempt.ts";
import { changeTrigger } from "../../../server/src/triggers/change-trigger.ts";
import { claimCheck } from "../../../server/src/triggers/conditions/check-lease.ts";
import type { Found } from "../../../server/src/triggers/conditions/finished-check.ts";
import { recordCheck } from "../../../server/src/triggers/conditions/record-check.ts";
import { createTrigger } from "../../../server/src/triggers/create-trigger.ts";
import { createDocumentsHook } from "../../../server/src/triggers/events.ts";
import { executeTrigger } from "../../../server/src/triggers/execute-trigger.ts";
import { OPEN_LIMITS } from "../../../server/src/triggers/open-limits.ts";
import { createRunHooks } from "../../../server/src/triggers/run-hooks.ts";
import { createScheduler } from "../../../server/src/triggers/scheduler.ts";
import { pauseTrigger, resumeTrigger } from "../../../server/src/triggers/state-change.ts";
import { createDocumentsRoom, createTestCollection } from "../../factories/documents-room.ts";
import { createTestRuns } from "../../factories/runs.ts";
import { createTenant } from "../../factories/tenant.ts";
import { insertClusterRow } from "../../factories/trigger-world.ts";

const LEASE_MS = 30_000;

const COMPLETED: AttemptOutcome = {
  kind: "completed",
  result: {
    numDocuments: 4,
    clusters: [0, 1].map((number) => ({
      number,
      numMembers: 2,
      label: null,
      keywords: null,
      attributes: null,
      parentNumber: null,
      feature: null,
    })),
    metrics: {
      silhouette_score: null,
      davies_bouldin_index: null,
      calinski_harabasz_score: null,
      approximate: false,
      notes: [],
    },
    changes: null,
  },
  artifactPath: "nowhere",
  peakRssBytes: 1,
};
const REFUSED: AttemptOutcome = { kind: "refused", code: "too_few_documents", message: "there is nothing" };
const LOST: AttemptOutcome = { kind: "lost", code: "lease_lost", message: "it stopped answering" };

export interface SmallWorld {
  /** Names of what is there, for SQL: triggers, and the collection. */
  readonly ids: Readonly<
    Record<"interval" | "cron" | "event" | "limited" | "condition" | "collection", string>
  >;
  close(): Promise<void>;
}

/**
 * A small history made by the product's own code, a few of everything: fired, skipped, failed, lost, canceled, given
 * back, edited, paused and resumed, asked for by hand, one trigger at the end of its executions, and one with checks.
 */
export async function createSmallWorld(db: Database): Promise<SmallWorld> {
  const clock = new ManualClock(new Date("2026-05-04T10:00:00.000Z"));
  const deps = { db, clock, logger: silentLogger, signals: new TestSignals(), limits: OPEN_LIMITS };
  const room = await createDocumentsRoom(db, createDocumentsHook(deps), clock);
  const runs = { ...createTestRuns(db, "/nowhere").deps, clock, hooks: createRunHooks(deps) };
  const tenant = await createTenant(db);
  const documents = await createTestCollection(room, [{ name: "v", dimensions: 2 }], tenant);
  const scheduler = createScheduler(deps);
  const scope = { namespaceId: tenant.namespaceId, actor: "ada" };
  const caller = {
    organizationId: tenant.organizationId,
    userId: tenant.userId,
    keyId: "key",
    actor: "ada",
    permissions: ["admin"] as const,
    namespaceScope: null,
  };
  const create = async (triggerType: TriggerType, scheduleConfig: Record<string, unknown>) =>
    createTrigger(deps, caller, tenant.namespaceId, {
      clusterId: await insertClusterRow(db, tenant, [documents.id]),
      executionConfig: null,
      triggerType,
      scheduleConfig,
      description: null,
      status: "active",
    });
  const pass = async (seconds: number) => {
    clock.instant = addMs(clock.instant, seconds * 1000);
    await scheduler.runOnce();
  };
  const claim = () => claimRun(db, { clock, worker: "worker_1", leaseMs: LEASE_MS, lastServed: new Map() });
  /** Ends everything that waits, oldest first; a second later each, so that no two end in one instant. */
  const work = async (outcome = COMPLETED) => {
    for (let run = await claim(); run; run = await claim()) {
      clock.instant = addMs(clock.instant, 10);
      await endAttempt(runs, run, outcome);
    }
  };
  /** Makes the check that is due. */
  const check = async (found: Found) => {
    const claimed = await claimCheck(db, { clock, owner: "worker_1", leaseMs: LEASE_MS });
    if (!claimed || "error" in claimed) throw new Error("there is a check to be made");
    clock.instant = addMs(clock.instant, 10);
    await recordCheck(deps, claimed, { dueAt: claimed.dueAt, measuredAt: clock.instant, found });
  };
  let sent = 0;
  const ingest = async (count: number) => {
    const batch = Array.from({ length: count }, () => ({
      document_id: `d${sent++}`,
      vectors: { v: [sent, 1] },
    }));
    const { status, body } = await documents.ingest(batch);
    if (status !== 200 || body.ingested !== count) throw new Error(JSON.stringify(body));
  };

  const event = await create("event", {
    event_type: "documents_added",
    event_threshold: 3,
    cooldown_seconds: 5,
  });
  const interval = await create("interval", { interval_seconds: 10 });
  const cron = await create("cron", { cron_expression: "*/15 * * * * *" });
  const limited = await create("interval", { interval_seconds: 4, max_executions: 1 });
  const condition = await create("conditional", {
    ...{ condition_type: "volume", threshold: 0.2, check_interval_seconds: 10 },
  });
  await pass(1);
  await check({ kind: "too_few", documents: 0, baseline: null });
  await ingest(4);
  await pass(0);
  await work(REFUSED); // the event trigger gets its four documents back
  await pass(6);
  await work();
  await pass(10); // the interval trigger and the cron trigger fire
  await check({ kind: "no_baseline", documents: 100, baseline: null, details: {} });
  await claim();
  await pass(15); // the first two are still there: overlap
  await pass(LEASE_MS / 1000);
  const { rows: leases } = await readLeases(db);
  for (const lease of leases) await endAttempt(runs, lease, LOST, { expired: true });
  await pass(2);
  await work();
  await check(measured(0.5));
  await pass(11);
  await work(REFUSED);
  await check(measured(0.5)); // it has fired for that
  await changeTrigger(deps, scope, interval, {
    scheduleConfig: { interval_seconds: 7 },
    description: undefined,
    status: undefined,
  });
  await pass(9);
  await check(measured(0.1));
  await pauseTrigger(deps, scope, interval);
  await pass(25);
  await work();
  await check({ kind: "failed", error: "nobody answers", details: {} });
  await resumeTrigger(deps, scope, interval);
  await pass(8);
  await work(REFUSED);
  await check({ kind: "failed", error: "nobody answers", details: {} });
  const manual = await executeTrigger(deps, scope, cron);
  await cancelExecution(runs, manual.runId, "ada");
  await executeTrigger(deps, scope, event);
  await work();
  await ingest(2);
  await pass(1);
  for (const trigger of [interval, cron, event, condition]) await pauseTrigger(deps, scope, trigger);
  await work();
  return {
    ids: { interval, cron, event, limited, condition, collection: documents.id },
    close: () => room.close(),
  };
}

function measured(value: number): Found {
  return { kind: "measured", value, pValue: null, met: null, documents: 100, baseline: null, details: {} };
}

async function readLeases(db: Database) {
  const rows = await db.sql
    .selectFrom("executions")
    .select(["run_id as runId", "attempt", "lease_owner as leaseOwner"])
    .where("status", "=", "processing")
    .execute();
  return { rows: rows.map((row) => ({ ...row, leaseOwner: row.leaseOwner! })) };
}
