/**
 * Data in, for real: what the storage weighs, which writes are under way, requests that can be sent again, quotas, and
 * snapshots that stay after their run.
 */
export const sql = /* sql */ `
-- Bytes of a document: its payload's text and four for each number of its vectors. The collection's is their sum,
-- kept by whoever changes documents while holding the collection's row.
alter table documents add column size_bytes bigint not null default 0;
update documents d set size_bytes = octet_length(d.payload::text) + coalesce((
  select sum(4 * (f.feature ->> 'dimensions')::bigint)
  from collections c cross join jsonb_array_elements(c.features) with ordinality as f (feature, position)
  where c.collection_id = d.collection_id and d.vector_ids[f.position] is not null), 0);
alter table collections add column size_bytes bigint not null default 0;
update collections c set size_bytes = coalesce(
  (select sum(size_bytes) from documents d where d.collection_id = c.collection_id), 0);

-- Rows that come by the ten thousand carry no foreign keys: the check of one row cost as much as its insert. Whoever
-- deletes a collection deletes its documents, staged vectors and events, and the sweep what is left of them.
-- A document's id is compared byte by byte: by a language's rules it took longer, and nothing lists documents by it.
alter table documents drop constraint documents_collection_id_fkey;
alter table staged_vectors drop constraint staged_vectors_collection_id_fkey;
alter table document_events drop constraint document_events_collection_id_fkey;
alter table documents alter column document_id type text collate "C";

-- Writes that have put vectors into the vector store and have not committed the rows that point to them: their
-- vectors are no garbage. The commit removes its own row and fails without it, so a collector that removes the row of
-- one that took too long shuts that write out.
create table open_writes (
  write_id text primary key,
  collection_id text not null,
  first_vector_id bigint not null,
  started_at timestamptz(3) not null default clock_timestamp()
);

-- Requests with an Idempotency-Key. owner and lease_until fence a request whose server was killed or frozen;
-- fingerprint is known when the whole body has been read, the answer when it is done.
create table idempotency_keys (
  organization_id text not null references organizations on delete cascade,
  route text not null,
  key text not null,
  owner text,
  lease_until timestamptz(3),
  fingerprint text,
  status integer,
  answer text,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (organization_id, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- What a namespace may hold; a quota that is missing is none. The rate is a bucket of documents that fills with time.
alter table namespaces
  add column quotas jsonb not null default '{}',
  add column rate_tokens double precision,
  add column rate_filled_at timestamptz(3);

-- snapshot_kept: the snapshot's files and pinned vectors are still there after the end. same_data_as: the run whose
-- snapshot this one reads instead of taking its own.
alter table executions
  add column snapshot_kept boolean not null default false,
  add column same_data_as text;
create index executions_with_snapshot on executions (cluster_id, triggered_at desc, run_id desc) where snapshot_kept;
create index executions_on_same_data on executions (same_data_as) where same_data_as is not null;
`;
