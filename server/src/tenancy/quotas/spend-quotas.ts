import { sql as fragment } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Tx } from "../../db/database.ts";
import { notFound } from "../../platform/app-error.ts";
import type { Quotas } from "../../platform/config.ts";
import { counted } from "../../platform/counted.ts";
import { quotaExceeded, rateLimited } from "./quota-error.ts";
import { takeTokens } from "./rate-bucket.ts";
import { inForce, readQuotas } from "./read-quotas.ts";

export interface Spending {
  readonly added: number;
  readonly updated: number;
  /** How much larger the namespace becomes; negative for smaller. */
  readonly bytes: number;
}

interface NamespaceState {
  readonly quotas: object;
  readonly rate_tokens: number | null;
  readonly rate_filled_at: Date | null;
  readonly now: Date;
}

/**
 * Whether a write fits into its namespace's quotas; throws `quota_exceeded` or `rate_limited`. What neither adds a
 * document nor grows always passes the first two, so that a namespace above its quota can be cleared.
 *
 * It is called in the write's own transaction, before the figures of its collection are changed. A namespace with a
 * quota that the write could exceed has its row locked until the commit: its writers, into whatever collections and on
 * whatever servers, then follow each other, so none counts beside another. The lock comes after that of the
 * collection and before those of triggers, clusters and executions. It is `no key update`: rows that refer to the
 * namespace (clusters, triggers, executions) are inserted meanwhile without waiting.
 */
export async function spendQuotas(
  tx: Tx,
  clock: DatabaseClock,
  defaults: Quotas,
  namespaceId: string,
  spending: Spending,
): Promise<void> {
  const seen = await readQuotas(tx, namespaceId, defaults);
  if (!concerns(seen, spending)) return;
  const state = await lockNamespace(tx, clock, namespaceId);
  const quotas = inForce(state.quotas, defaults);
  await refuseBeyond(tx, namespaceId, quotas, spending);
  await spendRate(tx, namespaceId, quotas, spending, state);
}

function concerns(quotas: Quotas, { added, updated, bytes }: Spending): boolean {
  return (
    (quotas.max_documents !== null && added > 0) ||
    (quotas.max_bytes !== null && bytes > 0) ||
    (quotas.max_documents_per_second !== null && added + updated > 0)
  );
}

async function lockNamespace(tx: Tx, clock: DatabaseClock, namespaceId: string): Promise<NamespaceState> {
  const { rows } = await fragment<NamespaceState>`
    select quotas, rate_tokens, rate_filled_at, ${clock.now} as now
    from namespaces where namespace_id = ${namespaceId} for no key update`.execute(tx);
  if (!rows[0]) throw notFound("namespace", namespaceId, "organization");
  return rows[0];
}

/** The sums are read by a statement of their own, which sees what was committed while it waited for the lock. */
async function refuseBeyond(tx: Tx, namespaceId: string, quotas: Quotas, spending: Spending): Promise<void> {
  const { max_documents, max_bytes } = quotas;
  const { added, bytes } = spending;
  if ((max_documents === null || added <= 0) && (max_bytes === null || bytes <= 0)) return;
  const held = await readUsage(tx, namespaceId);
  if (max_documents !== null && added > 0 && held.documents + added > max_documents) {
    throw quotaExceeded(`${counted(added, "more document")} ${added === 1 ? "was" : "were"} to be stored`, {
      quota: "max_documents",
      limit: max_documents,
      current: held.documents,
      asked: added,
    });
  }
  if (max_bytes !== null && bytes > 0 && held.bytes + bytes > max_bytes) {
    throw quotaExceeded(`${bytes} more bytes were to be stored`, {
      quota: "max_bytes",
      limit: max_bytes,
      current: held.bytes,
      asked: bytes,
    });
  }
}

async function readUsage(tx: Tx, namespaceId: string): Promise<{ documents: number; bytes: number }> {
  const { rows } = await fragment<{ documents: number; bytes: number }>`
    select coalesce(sum(document_count), 0)::bigint as documents, coalesce(sum(size_bytes), 0)::bigint as bytes
    from collections where namespace_id = ${namespaceId}`.execute(tx);
  return rows[0]!;
}

async function spendRate(
  tx: Tx,
  namespaceId: string,
  { max_documents_per_second: rate }: Quotas,
  { added, updated }: Spending,
  { rate_tokens: tokens, rate_filled_at: filledAt, now }: NamespaceState,
): Promise<void> {
  if (rate === null || added + updated <= 0) return;
  const bucket = tokens === null || filledAt === null ? undefined : { tokens, filledAt };
  const taken = takeTokens(bucket, rate, added + updated, now);
  if (!taken.passes) throw rateLimited(rate, taken.retryAfterSeconds);
  await tx
    .updateTable("namespaces")
    .set({ rate_tokens: taken.bucket.tokens, rate_filled_at: taken.bucket.filledAt })
    .where("namespace_id", "=", namespaceId)
    .execute();
}
