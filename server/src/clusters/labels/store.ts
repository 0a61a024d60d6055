import { sql } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Sql, Tx } from "../../db/database.ts";
import { rowsOf } from "../../db/json.ts";

export interface GivenLabelRow {
  readonly number: number;
  readonly label: string;
  readonly locked_at: Date;
  readonly locked_by: string;
}

/** The labels that people have given to clusters of the definition, by number. */
export async function readGivenLabels(run: Sql | Tx, clusterId: string): Promise<GivenLabelRow[]> {
  const { rows } = await sql<GivenLabelRow>`
    select number, label, locked_at, locked_by from cluster_labels where cluster_id = ${clusterId}
    order by number`.execute(run);
  return rows;
}

/** Numbers below this have been given to clusters of the definition; the caller holds it. */
export async function readNextNumber(tx: Tx, clusterId: string): Promise<number> {
  const { rows } = await sql<{ next_number: number }>`
    select next_number from clusters where cluster_id = ${clusterId}`.execute(tx);
  return rows[0]!.next_number;
}

/** Gives labels, and takes those back that are null. A label that is given again as it is keeps its instant and giver. */
export async function writeGivenLabels(
  tx: Tx,
  clock: DatabaseClock,
  clusterId: string,
  labels: readonly { readonly number: number; readonly label: string | null }[],
  actor: string,
): Promise<void> {
  const given = labels.filter(({ label }) => label !== null);
  const back = labels.filter(({ label }) => label === null).map(({ number }) => number);
  await sql`delete from cluster_labels where cluster_id = ${clusterId} and number = any(${back}::bigint[])`.execute(
    tx,
  );
  await sql`
    insert into cluster_labels as known (cluster_id, number, label, locked_at, locked_by)
    select ${clusterId}::text, number, label, ${clock.now}, ${actor}::text
    from ${rowsOf(given, "number bigint, label text")}
    on conflict (cluster_id, number) do update
      set label = excluded.label, locked_at = excluded.locked_at, locked_by = excluded.locked_by
      where known.label <> excluded.label`.execute(tx);
}
