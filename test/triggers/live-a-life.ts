import assert from "node:assert/strict";

import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import { AppError } from "../../server/src/platform/app-error.ts";
import { newId } from "../../server/src/platform/ids.ts";
import { enqueue } from "../../server/src/runs/enqueue.ts";
import { type ClaimedCheck, claimCheck } from "../../server/src/triggers/conditions/check-lease.ts";
import type { Found } from "../../server/src/triggers/conditions/finished-check.ts";
import { recordCheck } from "../../server/src/triggers/conditions/record-check.ts";
import { executeTrigger } from "../../server/src/triggers/execute-trigger.ts";
import { jitterMs } from "../../server/src/triggers/jitter.ts";
import { lockClusters } from "../../server/src/triggers/lock-clusters.ts";
import { createScheduler } from "../../server/src/triggers/scheduler.ts";
import { disableTrigger, pauseTrigger, resumeTrigger } from "../../server/src/triggers/state-change.ts";
import { createSchedulerWorld } from "../factories/scheduler-world.ts";
import { commitDocuments, endRun, insertClusterRow, insertCollection } from "../factories/trigger-world.ts";
import { createDocumentsHook } from "../../server/src/triggers/events.ts";
import { compareWorlds, iso } from "./compare-worlds.ts";
import { probeExplain } from "./probe-explain.ts";
import { SETTINGS_OF, type EndStatus, type Life, type Settings, type Step } from "./life-steps.ts";
import { NaiveModel } from "./naive-model.ts";
import { NaiveTrigger, type Config, type NaiveCheck, type NaiveFound, type NaiveRun } from "./naive-state.ts";
import { nextAfter } from "./naive-instants.ts";

const COLLECTIONS = 3;
/** What each cluster groups. */
const CLUSTERS = [[0], [0, 1]] as const;
export const PROBATION_SECONDS = 1800;

export type World = Awaited<ReturnType<typeof createSchedulerWorld>>;

/** A check that both worlds have given to a checker. */
interface HeldCheck {
  readonly claimed: ClaimedCheck;
  readonly trigger: NaiveTrigger;
  readonly check: NaiveCheck;
}

/** One world, twice: the product on its database, and the model. */
export interface TwoWorlds {
  readonly db: Database;
  readonly world: World;
  readonly model: NaiveModel;
  readonly collectionIds: readonly string[];
  readonly clusterIds: readonly string[];
  readonly scheduler: { readonly runOnce: () => Promise<unknown> };
  /** Checks whose checkers are frozen. */
  readonly frozen: HeldCheck[];
  /** How often each kind of step did something. */
  readonly done: Map<string, number>;
}

/** Lives a life in both worlds and compares them after every step. */
export async function liveALife(db: Database, life: Life): Promise<TwoWorlds> {
  const worlds = await createTwoWorlds(db, life);
  for (const step of [...life.first, ...life.steps]) {
    await takeStep(worlds, step);
    await compareWorlds(worlds);
  }
  return worlds;
}

async function createTwoWorlds(db: Database, { start, failuresToFail }: Life): Promise<TwoWorlds> {
  const limits = { failuresToFail, probationSeconds: PROBATION_SECONDS };
  const world = await createSchedulerWorld(db, { start: new Date(start), limits });
  const collectionIds: string[] = [];
  for (let i = 0; i < COLLECTIONS; i++) collectionIds.push(await insertCollection(db, world.tenant));
  const clusterIds: string[] = [];
  for (const own of CLUSTERS) {
    const ids = own.map((collection) => collectionIds[collection]!);
    clusterIds.push(await insertClusterRow(db, world.tenant, ids));
  }
  return {
    db, world, collectionIds, clusterIds, frozen: [], done: new Map(),
    model: new NaiveModel(CLUSTERS, COLLECTIONS, limits),
    scheduler: createScheduler({ ...world.deps, db: inOneDrain(db) }),
  }; // prettier-ignore
}

/** On PostgreSQL a round decides in two transactions at once; who comes first in a cluster would be chance. */
function inOneDrain(db: Database): Database {
  return new Proxy(db, {
    get: (target, key) => {
      if (key === "kind") return "pglite";
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}

async function takeStep(worlds: TwoWorlds, step: Step): Promise<void> {
  const { world, model } = worlds;
  // No two steps in one millisecond: which of two executions waits longer would be chance.
  if (step.do !== "explain") pass(worlds, 1);
  const trigger = "trigger" in step ? model.triggers[step.trigger % Math.max(1, model.triggers.length)] : undefined;
  if ("trigger" in step && !trigger) return;
  const now = nowOf(worlds);
  switch (step.do) {
    case "create":
      return createTrigger(worlds, step, now);
    case "edit":
      return editTrigger(worlds, trigger!, step.settings, now);
    case "pause":
      await change(worlds, "pause", trigger!, () => pauseTrigger(world.deps, world.scope, trigger!.id));
      return trigger!.status === "disabled" ? undefined : model.pause(trigger!, now);
    case "resume":
      await change(worlds, "resume", trigger!, () => resumeTrigger(world.deps, world.scope, trigger!.id));
      return trigger!.status === "disabled" ? undefined : model.resume(trigger!, now);
    case "disable":
      await disableTrigger(world.deps, world.scope, trigger!.id);
      return model.disable(trigger!, now);
    case "run":
      await change(worlds, "run", trigger!, () => executeTrigger(world.deps, world.scope, trigger!.id));
      if (trigger!.status !== "disabled") model.runNow(trigger!, now);
      return;
    case "runCluster":
      return runCluster(worlds, step.cluster);
    case "documents":
      return addDocuments(worlds, step, now);
    case "take":
      return takeRun(worlds, model.takable(), step.pick);
    case "end":
      return endOne(worlds, step.pick, step.status);
    case "pass":
      pass(worlds, step.ms);
      return step.round ? round(worlds) : undefined;
    case "toDue":
      return toDue(worlds, trigger!, step.beside);
    case "check":
      return checkOne(worlds, step.found, step.takesMs);
    case "checks":
      return checkInARow(worlds, trigger!, step.founds, step.status);
    case "freezeCheck": {
      const held = await claimOne(worlds);
      if (held) worlds.frozen.push(held);
      return;
    }
    case "wakeCheck": {
      const held = worlds.frozen.splice(step.pick % Math.max(1, worlds.frozen.length), 1)[0];
      return held && endCheck(worlds, held, step.found);
    }
    case "streak":
      return streak(worlds, trigger!, step.times, step.status);
    case "explain":
      return probeExplain(worlds, trigger!, step.pick);
  }
} // prettier-ignore

function count(worlds: TwoWorlds, what: string): void {
  worlds.done.set(what, (worlds.done.get(what) ?? 0) + 1);
}

function pass({ world: { clock } }: TwoWorlds, ms: number): void {
  clock.instant = new Date(clock.instant.getTime() + ms);
}

function nowOf({ world }: TwoWorlds): number {
  return world.clock.instant.getTime();
}

async function round(worlds: TwoWorlds): Promise<void> {
  await worlds.scheduler.runOnce();
  worlds.model.round(nowOf(worlds));
}

/** A change of a disabled trigger is refused. */
async function change(worlds: TwoWorlds, what: string, trigger: NaiveTrigger, act: () => Promise<unknown>): Promise<void> {
  if (trigger.status === "disabled") await assert.rejects(act(), { code: "trigger_disabled" });
  else await act();
  count(worlds, what);
} // prettier-ignore

async function createTrigger(
  worlds: TwoWorlds,
  { type, cluster, settings, paused }: Step & { do: "create" },
  now: number,
): Promise<void> {
  const { world, model, clusterIds } = worlds;
  const config = configOf(settings, now);
  const status = paused ? "paused" : "active";
  const birth = { id: "", type, cluster, createdAt: now, jitter: () => 0 };
  const unborn = new NaiveTrigger(birth, config, status);
  const act = () =>
    world.create(type, toProduct(worlds, config), { status, clusterId: clusterIds[cluster]! });
  if (contradicts(unborn, config, now)) {
    await assert.rejects(act(), { code: "contradictory_bounds" });
    return count(worlds, "refused create");
  }
  const id = await act();
  const jitter = (seconds: number) => jitterMs(id, seconds);
  model.create(new NaiveTrigger({ ...birth, id, jitter }, config, status));
  count(worlds, `create ${type}`);
}

async function editTrigger(worlds: TwoWorlds, trigger: NaiveTrigger, settings: Settings, now: number): Promise<void> {
  const { world, model } = worlds;
  const own = Object.entries(settings).filter(([key]) => SETTINGS_OF[trigger.type]!.includes(key));
  if (own.length === 0) return;
  const changes = configOf(Object.fromEntries(own), now);
  const all: Record<string, unknown> = { ...trigger.config, ...changes };
  const kept = Object.entries(all).filter(([, value]) => value !== null);
  const merged = Object.fromEntries(kept) as Config;
  const act = () => world.patch(trigger.id, toProduct(worlds, changes));
  const contradictory = trigger.status !== "disabled" && contradicts(trigger, merged, now);
  if (contradictory) {
    await assert.rejects(act(), (error) => error instanceof AppError && error.code === "contradictory_bounds");
    return count(worlds, "refused edit");
  }
  await change(worlds, "edit", trigger, act);
  if (trigger.status !== "disabled") model.edit(trigger, merged, now);
} // prettier-ignore

/** Whether a trigger with these settings could never be due again. */
function contradicts(trigger: NaiveTrigger, config: Config, now: number): boolean {
  const after = new NaiveTrigger(trigger, config, "active");
  const { startAt, endAt } = after;
  const { clear_threshold: clear, threshold } = config;
  if (typeof clear === "number" && clear > (threshold as number)) return true;
  if (endAt === null) return false;
  if (endAt <= now || (startAt !== null && endAt <= startAt)) return true;
  if (trigger.type === "event") return false;
  // Of an edit: what is due up to now is settled before.
  const settled = trigger.id === "" ? after.decidedThrough : Math.max(now, trigger.decidedThrough);
  if (config.anchor_at === undefined && trigger.id !== "") {
    const isNew =
      config.interval_seconds !== trigger.config.interval_seconds ||
      config.check_interval_seconds !== trigger.config.check_interval_seconds;
    after.origin = isNew ? now : trigger.config.anchor_at === undefined ? trigger.origin : trigger.createdAt;
  }
  return nextAfter(after.instants, settled) === null;
} // prettier-ignore

/** Instants and collections as the configuration has them; the model knows collections by number. */
function configOf(settings: Settings, now: number): Config {
  const entries = Object.entries(settings).map(([key, value]) => {
    if (key === "collection") return ["collection_id", value === null ? null : String(value)];
    if (!key.endsWith("_in")) return [key, value];
    const instant = value === null ? null : new Date(now + (value as number)).toISOString();
    return [key.replace(/_in$/, "_at"), instant];
  });
  return Object.fromEntries(entries) as Config;
}

/** The configuration as the product gets it. */
export function toProduct({ collectionIds }: TwoWorlds, config: Config): Record<string, unknown> {
  const { collection_id: collection } = config as Partial<Record<string, string | null>>;
  return typeof collection === "string"
    ? { ...config, collection_id: collectionIds[Number(collection)]! }
    : config;
}

async function runCluster(worlds: TwoWorlds, cluster: number): Promise<void> {
  const { db, world, model, clusterIds } = worlds;
  const { instant } = world.clock;
  const { namespaceId, organizationId } = world.tenant;
  const [id] = await db.transaction(async (tx) => {
    await lockClusters(tx, [clusterIds[cluster]!]);
    return enqueue(db, tx, [
      {
        ...{ clusterId: clusterIds[cluster]!, namespaceId, organizationId, trigger: null, dueAt: null },
        ...{ triggeredAt: instant, consumed: null, requestedBy: "ada" },
      },
    ]);
  });
  model.runCluster(cluster, instant.getTime()).id = id!;
  count(worlds, "run cluster");
}

async function addDocuments(
  worlds: TwoWorlds,
  { collection, added, updated, batches }: Step & { do: "documents" },
  now: number,
): Promise<void> {
  const { db, world, model, collectionIds } = worlds;
  const hook = createDocumentsHook(world.deps);
  await commitDocuments(db, world.clock, hook, collectionIds[collection]!, { added, updated, batches });
  model.documents(
    collection,
    { documents_added: added, documents_updated: updated, batch_completed: batches },
    now,
  );
  count(worlds, "documents");
}

async function takeRun(worlds: TwoWorlds, runs: readonly NaiveRun[], pick: number): Promise<void> {
  const { db, world } = worlds;
  const run = runs[pick % Math.max(1, runs.length)];
  if (!run) return;
  await sql`update executions set status = 'processing', started_at = ${world.clock.instant}, lease_owner = 'w'
    where run_id = ${run.id}`.execute(db.sql);
  run.status = "processing";
  count(worlds, "take");
}

/** Ends an open run: one that waits is taken first, if a worker would take it. */
async function endOne(worlds: TwoWorlds, pick: number, status: EndStatus): Promise<void> {
  const open = worlds.model.open();
  const run = open[pick % Math.max(1, open.length)];
  if (!run) return;
  if (status !== "canceled" && worlds.model.takable().includes(run)) await takeRun(worlds, [run], 0);
  await end(worlds, run, status);
}

/** What computes ends as it likes, what waits can only be canceled; what is to be canceled is. */
async function end(worlds: TwoWorlds, run: NaiveRun, wanted: EndStatus): Promise<void> {
  const { db, world, model } = worlds;
  const status = run.status === "pending" || run.cancelRequested ? "canceled" : wanted;
  await endRun(db, world.clock, world.hooks, run.id, status);
  model.end(run, status, nowOf(worlds));
  count(worlds, `end ${status}`);
}

const LEASE_MS = 30_000;

async function claimOne(worlds: TwoWorlds): Promise<HeldCheck | undefined> {
  const { db, world, model } = worlds;
  const claimed = await claimCheck(db, { clock: world.clock, owner: newId("worker"), leaseMs: LEASE_MS });
  const expected = model.claimCheck(nowOf(worlds), LEASE_MS);
  assert.ok(claimed === undefined || !("error" in claimed));
  assert.deepEqual(
    claimed && { trigger: claimed.triggerId, due: claimed.dueAt.getTime(), baseline: claimed.baselineRunId },
    expected
      ? { trigger: expected.trigger.id, due: expected.check.due, baseline: expected.check.baseline }
      : undefined,
  );
  return claimed && { claimed, ...expected! };
}

async function endCheck(worlds: TwoWorlds, { claimed, trigger, check }: HeldCheck, found: NaiveFound): Promise<void> {
  const { world, model, db } = worlds;
  // Without a baseline there is nothing to measure against.
  const kind = found.kind === "measured" && check.baseline === null ? "no_baseline" : found.kind;
  const now = nowOf(worlds);
  const measured = { dueAt: claimed.dueAt, measuredAt: new Date(now), found: toFound({ ...found, kind }, check) };
  const recorded = await recordCheck({ ...world.deps, db }, claimed, measured);
  assert.equal(recorded, model.endCheck(trigger, check, { ...found, kind }, now));
  count(worlds, `check ${recorded}`);
} // prettier-ignore

function toFound({ kind, value, p }: NaiveFound, { baseline }: NaiveCheck): Found {
  const ref = baseline === null ? null : { run_id: baseline, taken_at: iso(0)!, documents: 100 };
  if (kind === "failed") return { kind, error: "it broke", details: {} };
  const sizes = { documents: 120, baseline: ref };
  if (kind !== "measured") return { kind, ...sizes, details: {} };
  return { kind, value, pValue: p, met: null, ...sizes, details: {} };
}

async function checkOne(worlds: TwoWorlds, found: NaiveFound, takesMs: number): Promise<void> {
  const held = await claimOne(worlds);
  if (!held) return;
  pass(worlds, takesMs);
  await endCheck(worlds, held, found);
}

async function checkInARow(
  worlds: TwoWorlds,
  trigger: NaiveTrigger,
  founds: readonly NaiveFound[],
  status: EndStatus | null,
): Promise<void> {
  if (trigger.type !== "conditional") return;
  for (const found of founds) {
    await toDue(worlds, trigger, 0);
    await checkOne(worlds, found, 1);
    await compareWorlds(worlds);
    if (status === null) continue;
    const run = worlds.model.takable().find(({ cluster }) => cluster === trigger.cluster);
    if (!run) continue;
    pass(worlds, 1);
    await takeRun(worlds, [run], 0);
    await end(worlds, run, status);
    await compareWorlds(worlds);
  }
  count(worlds, "checks in a row");
}

async function toDue(worlds: TwoWorlds, trigger: NaiveTrigger, beside: number): Promise<void> {
  const { clock } = worlds.world;
  const at = trigger.looksAt === null ? null : trigger.looksAt + beside;
  if (at === null || at < clock.instant.getTime()) return;
  clock.instant = new Date(at);
  await round(worlds);
  count(worlds, "to due");
}

async function streak(worlds: TwoWorlds, trigger: NaiveTrigger, times: number, status: EndStatus): Promise<void> {
  const { model } = worlds;
  const own = (run: NaiveRun) => run.cluster === trigger.cluster;
  for (let i = 0; i < times; i++) {
    const [watched] = trigger.positions.keys();
    if (watched !== undefined && trigger.waiting === null) {
      const amounts = { added: 9, updated: 9, batches: trigger.threshold };
      await addDocuments(worlds, { do: "documents", collection: watched, ...amounts }, nowOf(worlds));
    }
    await toDue(worlds, trigger, 0);
    await compareWorlds(worlds);
    // Not more than some: with `missed: all` a thousand may wait.
    for (let j = 0; j < 3; j++) {
      const [run] = [...model.open().filter(({ status }) => status === "processing"), ...model.takable()].filter(own);
      if (!run) break;
      pass(worlds, 1);
      if (run.status === "pending") await takeRun(worlds, [run], 0);
      await end(worlds, run, status);
      await compareWorlds(worlds);
    }
  }
  count(worlds, "streak");
} // prettier-ignore
