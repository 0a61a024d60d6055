import assert from "node:assert/strict";

import type { Sql } from "../../server/src/db/database.ts";
import { checkAttempts } from "./accounts/attempts.ts";
import { checkChecks } from "./accounts/checks.ts";
import { checkConsumption } from "./accounts/consumption.ts";
import { checkDocuments } from "./accounts/documents.ts";
import { checkDueInstants } from "./accounts/due-instants.ts";
import { checkExecutions } from "./accounts/executions.ts";
import { checkFailures } from "./accounts/failures.ts";
import { checkHistoryBlocks } from "./accounts/history-blocks.ts";
import { readLedger } from "./accounts/ledger.ts";

export interface Accounts {
  readonly documents: number;
  readonly events: number;
  /** Due instants of interval, cron and conditional triggers, worked out here and not by the product. */
  readonly instants: number;
  readonly decisions: number;
  readonly fired: number;
  readonly skipped: number;
  /** Due instants by the reason of their decision. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly executions: Readonly<Record<string, number>>;
  /** Of conditional triggers, made and recorded. */
  readonly checks: number;
  /** That were begun; those of killed servers were begun again. */
  readonly begunChecks: number;
  readonly attempts: number;
  readonly lostAttempts: number;
}

/**
 * Asserts of what servers left behind, once they have stopped and nothing is unfinished, everything that must be true
 * of it: each file of `accounts/` is one set of rules. Returns the figures.
 */
export async function balance(run: Sql): Promise<Accounts> {
  const ledger = await readLedger(run);
  const { documents, events } = await checkDocuments(run);
  const instants = checkDueInstants(ledger);
  checkExecutions(ledger);
  checkAttempts(ledger);
  const checks = checkChecks(ledger);
  checkFailures(ledger);
  await checkConsumption(run, ledger);
  await checkHistoryBlocks(run);

  const { decisions, executions, attempts } = ledger;
  const withOutcome = (outcome: string) =>
    decisions.filter((decision) => decision.outcome === outcome).length;
  return {
    documents,
    events,
    instants,
    decisions: decisions.length,
    fired: withOutcome("fired"),
    skipped: withOutcome("skipped"),
    reasons: tally(decisions.map(({ reason, count }) => [reason, Math.max(count, 1)])),
    executions: tally(executions.map(({ status }) => [status, 1])),
    checks,
    begunChecks: ledger.triggers.reduce((sum, trigger) => sum + trigger.check_number, 0),
    attempts: attempts.length,
    lostAttempts: attempts.filter((attempt) => attempt.outcome === "lost").length,
  };
}

function tally(entries: readonly (readonly [string, number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, amount] of entries) sums[key] = (sums[key] ?? 0) + amount;
  return sums;
}

/** For a test that says how many of something there were: a run in which nothing happened proves nothing. */
export function assertSomethingHappened(accounts: Accounts): void {
  const { fired, documents, instants, executions } = accounts;
  assert.ok(
    fired > 0 && documents > 0 && instants > 0 && (executions.completed ?? 0) > 0,
    "something happened",
  );
}
