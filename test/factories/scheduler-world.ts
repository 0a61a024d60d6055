import { sql } from "kysely";

import { ManualClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import type { TriggerType } from "../../server/src/db/tables.ts";
import { addMs } from "../../server/src/platform/clock.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import { TestSignals } from "../../server/src/platform/test-signals.ts";
import { changeTrigger } from "../../server/src/triggers/change-trigger.ts";
import { createTrigger } from "../../server/src/triggers/create-trigger.ts";
import { createDocumentsHook } from "../../server/src/triggers/events.ts";
import { OPEN_LIMITS } from "../../server/src/triggers/open-limits.ts";
import { createRunHooks } from "../../server/src/triggers/run-hooks.ts";
import { createScheduler } from "../../server/src/triggers/scheduler.ts";
import { findView, toClusterTrigger } from "../../server/src/triggers/trigger-view.ts";
import { createTenant, type TestTenant } from "./tenant.ts";
import { commitDocuments, endAllRuns, insertClusterRow, insertCollection } from "./trigger-world.ts";

export const START = new Date("2026-05-04T10:00:00.000Z");

/** A tenant with a clock of its own; triggers of other tests are never due before its start. */
export async function createSchedulerWorld(db: Database, { start = START, limits = {} } = {}) {
  const clock = new ManualClock(start);
  const deps = {
    db,
    clock,
    logger: silentLogger,
    signals: new TestSignals(),
    limits: { ...OPEN_LIMITS, ...limits },
  };
  // Others' triggers would be due too: each test has the queue to itself.
  await sql`update triggers set status = 'disabled', next_due_at = null, decide_at = null`.execute(db.sql);
  const tenant = await createTenant(db);
  const collectionId = await insertCollection(db, tenant);
  const clusterId = await insertClusterRow(db, tenant, [collectionId]);
  const hook = createDocumentsHook(deps);
  const hooks = createRunHooks(deps);
  const scheduler = createScheduler(deps);
  const scope = { namespaceId: tenant.namespaceId, actor: "ada" };
  return {
    deps,
    hooks,
    clock,
    tenant,
    collectionId,
    clusterId,
    scheduler,
    scope,
    create: (
      triggerType: TriggerType,
      scheduleConfig: Record<string, unknown>,
      more: { status?: "active" | "paused"; clusterId?: string } = {},
    ) =>
      createTrigger(deps, callerOf(tenant), tenant.namespaceId, {
        clusterId,
        executionConfig: null,
        triggerType,
        scheduleConfig,
        description: null,
        status: "active",
        ...more,
      }),
    /** Moves the clock by seconds and decides what is due. */
    pass: (seconds: number) => {
      clock.instant = addMs(clock.instant, seconds * 1000);
      return scheduler.runOnce();
    },
    add: (added: number) => commitDocuments(db, clock, hook, collectionId, { added }),
    commit: (what: { added?: number; updated?: number; batches?: number }) =>
      commitDocuments(db, clock, hook, collectionId, what),
    end: (status?: "completed" | "failed" | "canceled") => endAllRuns(db, clock, hooks, tenant, status),
    patch: (id: string, scheduleConfig: Record<string, unknown>) =>
      changeTrigger(deps, scope, id, { scheduleConfig, description: undefined, status: undefined }),
    show: async (id: string) => toClusterTrigger(await findView(db.sql, tenant.namespaceId, id)),
    decisions: async (id: string) => {
      const { rows } = await sql<DecisionOnRecord>`
        select reason, outcome, first_due, last_due, count, run_id, evidence from decisions
        where trigger_id = ${id} order by last_due, decided_at`.execute(db.sql);
      return rows;
    },
    told: async (id: string) => {
      const { rows } = await sql<DecisionOnRecord>`
        select reason, first_due, last_due, count from decisions where trigger_id = ${id}
        order by last_due, decided_at`.execute(db.sql);
      return rows.map(
        ({ reason, first_due, last_due, count }) =>
          `${reason} ${seconds(start, first_due)}..${seconds(start, last_due)} x${count}`,
      );
    },
  };
}

export interface DecisionOnRecord {
  reason: string;
  outcome: string;
  first_due: Date;
  last_due: Date;
  count: number;
  run_id: string | null;
  evidence: Record<string, unknown>;
}

export function seconds(start: Date, instant: Date): number {
  return (instant.getTime() - start.getTime()) / 1000;
}

export function callerOf(tenant: TestTenant) {
  return {
    organizationId: tenant.organizationId,
    keyId: "key",
    userId: tenant.userId,
    actor: "ada",
    permissions: ["admin"] as const,
    namespaceScope: null,
  };
}
