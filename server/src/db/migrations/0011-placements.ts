/** Clusters of documents that came after a run, by the run's rules. */
export const sql = /* sql */ `
alter table clusters add column place_new_documents boolean not null default false;
create index clusters_that_place on clusters (cluster_id) where place_new_documents;

-- How far a cluster's new documents are placed. run_id: by whose rules; error: why that cannot be, until another run
-- completes. positions: for each collection the event log's head and the ordinal up to which documents were looked at;
-- they move in the transaction that writes the placements, as the counts do. settled: what the last run made of those
-- that were predicted before it. owner and lease_until fence a server that was frozen; lease_until without an owner is
-- when it may go on.
create table placement_progress (
  cluster_id text primary key references clusters on delete cascade,
  run_id text,
  positions jsonb not null default '{}',
  placed bigint not null default 0,
  unplaced bigint not null default 0,
  settled jsonb,
  error text,
  owner text,
  lease_until timestamptz(3)
);

-- A document's predicted cluster: the number of cl_<number>, null for none. part: which of several features that were
-- clustered by themselves. vector_ids: the vectors it was placed by. Rows of another run than the cluster's row in
-- placement_progress names are what is left of it. They come by the thousand, so they carry no foreign key.
create table placements (
  cluster_id text not null,
  run_id text not null,
  collection_id text not null,
  ordinal bigint not null,
  part smallint not null,
  document_id text collate "C" not null,
  vector_ids bigint[] not null,
  feature text,
  number bigint,
  distance real,
  placed_at timestamptz(3) not null,
  primary key (cluster_id, run_id, collection_id, ordinal, part)
);
`;
