/** Clusters of runs on their way into the documents' payloads. */
export const sql = /* sql */ `
-- One for each run, source and target. next_row: the members of the run (rows of its members.parquet) before it are done; it moves in the transaction that
-- writes their documents, as the counts do, so a killed server's work is neither lost nor done twice. owner and lease_until fence a
-- server that was frozen; lease_until without an owner is when it may go on. requested_by is null where the cluster's
-- definition asks for it.
create table enrichments (
  enrichment_id text primary key,
  cluster_id text not null references clusters on delete cascade,
  run_id text not null,
  source_collection_id text not null,
  target_collection_id text not null,
  fields jsonb not null,
  requested_by text,
  status text not null default 'running' check (status in ('running', 'completed', 'failed', 'superseded')),
  next_row bigint not null default 0,
  processed bigint not null default 0,
  enriched bigint not null default 0,
  failed bigint not null default 0,
  owner text,
  lease_until timestamptz(3),
  requested_at timestamptz(3) not null,
  ended_at timestamptz(3),
  error text,
  error_code text
);
create index enrichments_of_cluster on enrichments (cluster_id, requested_at desc, enrichment_id desc);
-- A request that is sent again finds the one that is still under way.
create unique index enrichments_running on enrichments (run_id, source_collection_id, target_collection_id, md5(fields::text))
  where status = 'running';
`;
