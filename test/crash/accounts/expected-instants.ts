import assert from "node:assert/strict";

import type { LedgerTrigger } from "./ledger.ts";

type Config = Readonly<Record<string, unknown>>;

/**
 * The due instants of an interval or cron trigger, or the checks of a conditional one, from its creation to `end`, in milliseconds, by
 * plain arithmetic and its change log: nothing of the product's code. Cron: UTC, only seconds and minutes, as `*`, a step or a list.
 */
export function expectedInstants(trigger: LedgerTrigger, end: Date): number[] {
  const [created, ...later] = trigger.changes;
  assert.equal(created?.change, "created", `the log of ${trigger.trigger_id} begins with its creation`);
  let config = created.details.schedule_config!;
  let anchor = anchorOf(config) ?? trigger.created_at.getTime();
  const isDueAtOnce = trigger.trigger_type === "conditional" || config.start_immediately === true;
  let from = trigger.created_at.getTime() + (isDueAtOnce ? 0 : 1);
  const instants: number[] = [];
  const add = (until: number) => {
    const first = Math.max(from, instantOf(config.start_at) ?? -Infinity);
    const last = Math.min(until, end.getTime(), instantOf(config.end_at) ?? Infinity);
    // One by one: a list may be longer than a call takes arguments.
    for (const instant of trigger.trigger_type === "cron"
      ? ofCron(String(config.cron_expression), first, last)
      : ofGrid(anchor, stepOf(trigger, config), first, last))
      instants.push(instant);
    from = until + 1;
  };
  for (const { at, change, details } of later) {
    if (change !== "edited" || details.schedule_config === undefined) continue;
    // Up to the edit, what was due under the old settings is settled.
    add(at.getTime());
    const before = config;
    config = edited(config, details.schedule_config);
    if (stepOf(trigger, config) !== stepOf(trigger, before)) anchor = anchorOf(config) ?? at.getTime();
  }
  assert.deepEqual(config, trigger.schedule_config, `the log of ${trigger.trigger_id} leads to its settings`);
  add(end.getTime());
  return instants;
}

function stepOf({ trigger_type }: LedgerTrigger, config: Config): number {
  return (
    1000 * Number(trigger_type === "conditional" ? config.check_interval_seconds : config.interval_seconds)
  );
}

function edited(config: Config, changes: Config): Config {
  const next: Record<string, unknown> = { ...config };
  for (const [key, change] of Object.entries(changes)) {
    const { to } = change as { to: unknown };
    if (to === null) Reflect.deleteProperty(next, key);
    else next[key] = to;
  }
  return next;
}

function anchorOf(config: Config): number | undefined {
  return instantOf(config.anchor_at);
}

function instantOf(value: unknown): number | undefined {
  return typeof value === "string" ? Date.parse(value) : undefined;
}

function* ofGrid(anchor: number, step: number, first: number, last: number): Generator<number> {
  for (let at = anchor + Math.ceil((first - anchor) / step) * step; at <= last; at += step) yield at;
}

function* ofCron(expression: string, first: number, last: number): Generator<number> {
  const fields = expression.split(" ");
  const [second, minute, ...rest] = fields.length === 6 ? fields : ["0", ...fields];
  assert.deepEqual(rest, ["*", "*", "*", "*"], `'${expression}' is simple enough to be enumerated here`);
  const [seconds, minutes] = [allowed(second!), allowed(minute!)];
  for (let at = Math.ceil(first / 1000) * 1000; at <= last; at += 1000) {
    const inDay = Math.floor(at / 1000) % 86_400;
    if (seconds.has(inDay % 60) && minutes.has(Math.floor(inDay / 60) % 60)) yield at;
  }
}

/** What a field of seconds or minutes allows. */
function allowed(field: string): Set<number> {
  const all = Array.from({ length: 60 }, (_, value) => value);
  if (field === "*") return new Set(all);
  const step = /^\*\/(\d+)$/.exec(field)?.[1];
  if (step !== undefined) return new Set(all.filter((value) => value % Number(step) === 0));
  assert.match(field, /^\d+(,\d+)*$/);
  return new Set(field.split(",").map(Number));
}
