/**
 * The first schema. Instants are timestamptz(3): JavaScript's Date has milliseconds, and a value must compare equal
 * to itself after a round trip. Rows that are written by the ten thousand in one transaction (executions, decisions)
 * carry no foreign keys; whoever deletes a cluster or a trigger deletes theirs in the same transaction.
 *
 * Lock order, everywhere: collection, trigger, cluster, execution, history block.
 */
export const sql = /* sql */ `
create table settings (key text primary key, value text not null);

create table organizations (
  organization_id text primary key,
  name text not null,
  created_at timestamptz(3) not null default clock_timestamp()
);

create table users (
  user_id text primary key,
  organization_id text not null references organizations on delete cascade,
  email text not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  unique (organization_id, email)
);

create table api_keys (
  key_id text primary key,
  organization_id text not null references organizations on delete cascade,
  user_id text not null references users on delete cascade,
  name text not null,
  description text not null default '',
  key_hash text not null unique,
  key_prefix text not null,
  permissions text[] not null,
  scopes jsonb not null default '[]',
  rate_limit_override integer,
  status text not null default 'active' check (status in ('active', 'revoked')),
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  created_at timestamptz(3) not null default clock_timestamp(),
  created_by text,
  revoked_at timestamptz(3),
  revoked_by text,
  unique (user_id, name)
);

create table namespaces (
  namespace_id text primary key,
  organization_id text not null references organizations on delete cascade,
  name text not null,
  description text,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  unique (organization_id, name)
);

-- event_seq and the totals are the head of the collection's event log: whoever commits documents adds to them
-- while holding this row, so the log's order is the order of commits.
create table collections (
  collection_id text primary key,
  namespace_id text not null references namespaces on delete cascade,
  name text not null,
  description text,
  metadata jsonb not null default '{}',
  enabled boolean not null default true,
  features jsonb not null,
  document_count bigint not null default 0,
  event_seq bigint not null default 0,
  total_added bigint not null default 0,
  total_updated bigint not null default 0,
  total_batches bigint not null default 0,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  unique (namespace_id, name)
);

-- vector_ids[i] is the vector that counts for the collection's i-th feature (1-based, null if it has none): vectors are immutable and an
-- update points elsewhere. The ordinal orders a snapshot whatever compaction does to the vector files.
create sequence vector_ids;
create table documents (
  collection_id text not null references collections on delete cascade,
  document_id text not null,
  ordinal bigint not null generated always as identity,
  payload jsonb not null default '{}',
  vector_ids bigint[] not null,
  content_hash text not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  primary key (collection_id, document_id)
);
create unique index documents_in_order on documents (collection_id, ordinal);

-- Small writes wait here until they are flushed to the vector store in bulk: a fragment file for each single
-- insert ends in hundreds of megabytes. float32, little endian.
create table staged_vectors (
  vector_id bigint primary key,
  collection_id text not null references collections on delete cascade,
  feature integer not null,
  vector bytea not null,
  staged_at timestamptz(3) not null default clock_timestamp()
);
create index staged_vectors_by_feature on staged_vectors (collection_id, feature, vector_id);

-- One row a committed write. The running totals make "how many since position p" one subtraction.
create table document_events (
  collection_id text not null references collections on delete cascade,
  seq bigint not null,
  committed_at timestamptz(3) not null,
  added bigint not null,
  updated bigint not null,
  batches bigint not null,
  total_added bigint not null,
  total_updated bigint not null,
  total_batches bigint not null,
  primary key (collection_id, seq)
);

-- Status and figures of a cluster are those of its executions and are read from them, never copied.
-- next_number is the next <n> of cl_<n>: counted per definition, never reused.
create table clusters (
  cluster_id text primary key,
  namespace_id text not null references namespaces on delete cascade,
  organization_id text not null,
  name text not null,
  description text,
  collection_ids text[] not null,
  cluster_type text not null check (cluster_type in ('vector', 'attribute')),
  definition jsonb not null,
  wire_config jsonb not null,
  metadata jsonb not null default '{}',
  next_number bigint not null default 0,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  unique (namespace_id, name)
);
create index clusters_by_collection on clusters using gin (collection_ids);

-- next_due_at: the next instant to decide, null when there is none (or not yet: an event trigger below its threshold).
-- decided_through: every due instant up to here lies in a decision. closed_at: its last instant has passed and the
-- closing decision is written. What its last execution did is read from that execution (last_run_id), never copied.
-- scheduled_count: executions that count against max_executions (not manual ones).
create table triggers (
  trigger_id text primary key,
  namespace_id text not null references namespaces on delete cascade,
  organization_id text not null,
  cluster_id text not null references clusters on delete cascade,
  trigger_type text not null check (trigger_type in ('cron', 'interval', 'event', 'conditional')),
  schedule_config jsonb not null,
  status text not null check (status in ('active', 'paused', 'failed', 'disabled')),
  status_reason text,
  status_since timestamptz(3) not null default clock_timestamp(),
  status_by text,
  description text,
  anchor_at timestamptz(3) not null,
  next_due_at timestamptz(3),
  decided_through timestamptz(3),
  closed_at timestamptz(3),
  last_triggered_at timestamptz(3),
  last_run_id text,
  execution_count bigint not null default 0,
  scheduled_count bigint not null default 0,
  next_ordinal bigint not null default 0,
  consecutive_failures integer not null default 0,
  event_counter bigint not null default 0,
  last_cooldown_at timestamptz(3),
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  created_by text
) with (fillfactor = 80);
-- The scheduler's queue: what is due, oldest first, without touching triggers that sleep.
create index triggers_due on triggers (next_due_at, trigger_id) where status = 'active' and next_due_at is not null;
create index triggers_by_cluster on triggers (cluster_id);
create index triggers_in_namespace on triggers (namespace_id, created_at desc, trigger_id);

-- The events an event trigger has consumed, per collection it watches, with the totals at that position.
create table trigger_positions (
  trigger_id text not null references triggers on delete cascade,
  collection_id text not null references collections on delete cascade,
  seq bigint not null,
  total_added bigint not null,
  total_updated bigint not null,
  total_batches bigint not null,
  primary key (trigger_id, collection_id)
);
create index trigger_positions_by_collection on trigger_positions (collection_id);

create table trigger_changes (
  change_id text primary key,
  trigger_id text not null references triggers on delete cascade,
  at timestamptz(3) not null,
  actor text not null,
  change text not null,
  from_status text,
  to_status text,
  details jsonb not null default '{}'
);
create index trigger_changes_in_order on trigger_changes (trigger_id, at);

create table decisions (
  decision_id text primary key,
  trigger_id text not null,
  first_due timestamptz(3) not null,
  last_due timestamptz(3) not null,
  count bigint not null,
  decided_at timestamptz(3) not null,
  outcome text not null check (outcome in ('fired', 'skipped', 'error')),
  reason text not null,
  evidence jsonb not null default '{}',
  run_id text
);
create index decisions_in_order on decisions (trigger_id, last_due desc, decision_id desc);

-- One run of a cluster; this row is the truth about it. attempt and lease_owner are the fencing token: a worker's
-- every write names both, so one that lost its lease changes nothing. trigger_ordinal counts the trigger's
-- executions from 0 without gaps at insertion; history pages are found by it.
create table executions (
  run_id text primary key,
  cluster_id text not null,
  namespace_id text not null,
  organization_id text not null,
  trigger_id text,
  trigger_ordinal bigint,
  due_at timestamptz(3),
  consumed jsonb,
  requested_by text,
  status text not null default 'pending'
    check (status in ('pending', 'processing', 'completed', 'failed', 'canceled')),
  triggered_at timestamptz(3) not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  execution_time_ms bigint,
  attempt integer not null default 0,
  lease_owner text,
  lease_until timestamptz(3),
  retry_at timestamptz(3),
  cancel_requested_at timestamptz(3),
  cancel_requested_by text,
  progress jsonb,
  definition jsonb not null,
  snapshot jsonb,
  artifact_path text,
  num_clusters bigint,
  num_documents bigint,
  metrics jsonb,
  error text,
  error_code text,
  check ((trigger_id is null) = (trigger_ordinal is null))
) with (fillfactor = 80);
create unique index executions_by_ordinal on executions (trigger_id, trigger_ordinal) where trigger_id is not null;
-- At most one execution for a due instant, whatever raced to create it.
create unique index executions_by_due_instant on executions (trigger_id, due_at) where due_at is not null;
-- A cluster computes one execution at a time: the database refuses a second.
create unique index executions_one_per_cluster on executions (cluster_id) where status = 'processing';
create index executions_waiting on executions (namespace_id, triggered_at, run_id) where status = 'pending';
create index executions_of_cluster on executions (cluster_id, triggered_at desc, run_id desc);

create table attempts (
  run_id text not null references executions on delete cascade,
  attempt integer not null,
  worker text not null,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3),
  outcome text check (outcome in ('completed', 'failed', 'canceled', 'lost')),
  error text,
  error_code text,
  peak_rss_bytes bigint,
  primary key (run_id, attempt)
);

create table run_clusters (
  run_id text not null references executions on delete cascade,
  number bigint not null,
  num_members bigint not null,
  label text,
  summary text,
  keywords text[],
  attributes jsonb,
  parent_number bigint,
  primary key (run_id, number)
);

-- Counts by status and the time range for each 1,000 ordinals (level 0) and each 1,000,000 (level 1) of a trigger's
-- executions: a total is a sum over few rows, a page is found by skipping blocks. Kept by the triggers below in
-- whatever transaction inserts, changes or removes an execution, so no code can forget it.
create table history_blocks (
  trigger_id text not null,
  level smallint not null,
  block bigint not null,
  pending integer not null,
  processing integer not null,
  completed integer not null,
  failed integer not null,
  canceled integer not null,
  first_at timestamptz(3) not null,
  last_at timestamptz(3) not null,
  primary key (trigger_id, level, block)
) with (fillfactor = 80);

create function count_history_inserted() returns trigger language plpgsql as $$
begin
  insert into history_blocks as b
  select trigger_id, level, trigger_ordinal / case level when 0 then 1000 else 1000000 end,
    count(*) filter (where status = 'pending'), count(*) filter (where status = 'processing'),
    count(*) filter (where status = 'completed'), count(*) filter (where status = 'failed'),
    count(*) filter (where status = 'canceled'), min(triggered_at), max(triggered_at)
  from inserted cross join (values (0::smallint), (1::smallint)) as levels (level)
  where trigger_id is not null
  group by 1, 2, 3
  order by 1, 2, 3
  on conflict (trigger_id, level, block) do update set
    pending = b.pending + excluded.pending, processing = b.processing + excluded.processing,
    completed = b.completed + excluded.completed, failed = b.failed + excluded.failed,
    canceled = b.canceled + excluded.canceled,
    first_at = least(b.first_at, excluded.first_at), last_at = greatest(b.last_at, excluded.last_at);
  return null;
end $$;

create function count_history_changed() returns trigger language plpgsql as $$
begin
  update history_blocks set
    pending = pending + (new.status = 'pending')::int - (old.status = 'pending')::int,
    processing = processing + (new.status = 'processing')::int - (old.status = 'processing')::int,
    completed = completed + (new.status = 'completed')::int - (old.status = 'completed')::int,
    failed = failed + (new.status = 'failed')::int - (old.status = 'failed')::int,
    canceled = canceled + (new.status = 'canceled')::int - (old.status = 'canceled')::int
  where trigger_id = new.trigger_id and (
    (level = 0 and block = new.trigger_ordinal / 1000) or (level = 1 and block = new.trigger_ordinal / 1000000));
  return null;
end $$;

create function count_history_deleted() returns trigger language plpgsql as $$
begin
  update history_blocks b set
    pending = b.pending - gone.pending, processing = b.processing - gone.processing,
    completed = b.completed - gone.completed, failed = b.failed - gone.failed, canceled = b.canceled - gone.canceled
  from (
    select trigger_id, level, trigger_ordinal / case level when 0 then 1000 else 1000000 end as block,
      count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status = 'processing') as processing,
      count(*) filter (where status = 'completed') as completed,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'canceled') as canceled
    from deleted cross join (values (0::smallint), (1::smallint)) as levels (level)
    where trigger_id is not null
    group by 1, 2, 3
  ) as gone
  where b.trigger_id = gone.trigger_id and b.level = gone.level and b.block = gone.block;
  return null;
end $$;

create trigger history_inserted after insert on executions
  referencing new table as inserted for each statement execute function count_history_inserted();
create trigger history_changed after update of status on executions
  for each row when (old.status is distinct from new.status and new.trigger_id is not null)
  execute function count_history_changed();
create trigger history_deleted after delete on executions
  referencing old table as deleted for each statement execute function count_history_deleted();
`;
