import { sql } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Sql } from "../../db/database.ts";

/** A server that was killed or frozen keeps its requests' keys for so long. */
export const LEASE_SECONDS = 45;
/** After its last use. */
const KEPT_HOURS = 24;

/** A key belongs to an organization and a route: method and pattern. */
export interface KeyAddress {
  readonly organizationId: string;
  readonly route: string;
  readonly key: string;
}

export type Claim =
  /** `firstUsedAt` stays the same over all tries of a request, and differs from the key's next life. */
  | { readonly outcome: "held"; readonly firstUsedAt: Date }
  | {
      readonly outcome: "answered";
      readonly fingerprint: string;
      readonly status: number;
      readonly answer: string;
    }
  /** `fingerprint` is null while the other request's body is not read to its end. */
  | { readonly outcome: "taken"; readonly fingerprint: string | null };

interface Row {
  readonly fingerprint: string | null;
  readonly status: number | null;
  readonly answer: string | null;
}

const at = ({ organizationId, route, key }: KeyAddress) =>
  sql`organization_id = ${organizationId} and route = ${route} and key = ${key}`;

const leaseEnd = (clock: DatabaseClock) => sql`${clock.now} + make_interval(secs => ${LEASE_SECONDS})`;

/** Its last use lies a day back; a running one's is its lease's end, in the future. */
const isOver = (clock: DatabaseClock, row: string) =>
  sql`greatest(${sql.ref(`${row}.created_at`)}, ${sql.ref(`${row}.lease_until`)})
    <= ${clock.now} - make_interval(hours => ${KEPT_HOURS})`;

/**
 * Takes the key for `owner` under a lease, unless another request runs under it, has been answered, or may have had an
 * effect with another fingerprint. One that a dead server left, or that was freed, keeps the instant of its first use.
 *
 * A row's life: held (owner and lease) → answered (status and answer), or freed. Freed after a refusal it is open to
 * any body; after a fault of ours, when nobody knows what was stored, to the same one only, so its fingerprint stays.
 */
export async function claimKey(
  run: Sql,
  clock: DatabaseClock,
  address: KeyAddress,
  owner: string,
  fingerprint: string | null,
): Promise<Claim> {
  const { organizationId, route, key } = address;
  const over = isOver(clock, "known");
  const { rows: held } = await sql<{ created_at: Date }>`
    insert into idempotency_keys as known (organization_id, route, key, owner, lease_until, fingerprint, created_at)
    values (${organizationId}, ${route}, ${key}, ${owner}, ${leaseEnd(clock)}, ${fingerprint}, ${clock.now})
    on conflict (organization_id, route, key) do update
    set owner = excluded.owner, lease_until = excluded.lease_until, status = null, answer = null,
      fingerprint = excluded.fingerprint,
      created_at = case when ${over} then excluded.created_at else known.created_at end
    where ${over} or (
      known.status is null and (known.owner is null or known.lease_until <= ${clock.now})
      and (known.fingerprint is null or known.fingerprint = excluded.fingerprint))
    returning created_at`.execute(run);
  if (held[0]) return { outcome: "held", firstUsedAt: held[0].created_at };
  const { rows } = await sql<Row>`
    select fingerprint, status, answer from idempotency_keys where ${at(address)}`.execute(run);
  const row = rows[0];
  if (row?.status != null) {
    return {
      outcome: "answered",
      fingerprint: row.fingerprint!,
      status: row.status,
      answer: row.answer!,
    };
  }
  // Freed or removed in between: the sender is told to try again, and finds it free.
  return { outcome: "taken", fingerprint: row?.fingerprint ?? null };
}

/** False if the key is no longer this owner's. */
export async function renewLease(
  run: Sql,
  clock: DatabaseClock,
  address: KeyAddress,
  owner: string,
): Promise<boolean> {
  const { rows } = await sql`
    update idempotency_keys set lease_until = ${leaseEnd(clock)}
    where ${at(address)} and owner = ${owner} returning owner`.execute(run);
  return rows.length > 0;
}

/** False if the key is no longer this owner's; then nothing is stored. */
export async function storeAnswer(
  run: Sql,
  clock: DatabaseClock,
  address: KeyAddress,
  owner: string,
  answered: { readonly fingerprint: string; readonly status: number; readonly answer: string },
): Promise<boolean> {
  const { fingerprint, status, answer } = answered;
  const { rows } = await sql`
    update idempotency_keys
    set owner = null, lease_until = ${clock.now}, fingerprint = ${fingerprint}, status = ${status}, answer = ${answer}
    where ${at(address)} and owner = ${owner} returning key`.execute(run);
  return rows.length > 0;
}

/** Lets the key go without an answer. `bound`: only for a request with the same fingerprint, where it is known. */
export async function freeKey(
  run: Sql,
  clock: DatabaseClock,
  address: KeyAddress,
  owner: string,
  { bound }: { readonly bound: boolean },
): Promise<void> {
  await sql`
    update idempotency_keys
    set owner = null, lease_until = ${clock.now} ${bound ? sql`` : sql`, fingerprint = null`}
    where ${at(address)} and owner = ${owner}`.execute(run);
}

/** Removes up to `limit` keys whose last use lies a day back; how many. */
export async function removeOldKeys(run: Sql, clock: DatabaseClock, limit: number): Promise<number> {
  const { rows } = await sql<{ removed: number }>`
    with gone as (
      delete from idempotency_keys where (organization_id, route, key) in (
        select organization_id, route, key from idempotency_keys as old
        where created_at <= ${clock.now} - make_interval(hours => ${KEPT_HOURS}) and ${isOver(clock, "old")}
        limit ${limit} for update skip locked)
      returning key)
    select count(*) as removed from gone`.execute(run);
  return rows[0]!.removed;
}
