/** What changed between runs: clusters that keep their numbers, labels that people give, events. */
export const sql = /* sql */ `
-- What changed since the completed run before, in short; the whole of it lies beside the run's other artifacts. Null: it
-- was the first, or ran before there was such a thing.
alter table executions add column changes jsonb;

-- Labels that a person has given to a cluster of a definition. They hold for its number in every run, whatever the runs
-- find, so they are laid over the runs' own labels where those are read and never copied.
create table cluster_labels (
  cluster_id text not null references clusters on delete cascade,
  number bigint not null,
  label text not null,
  locked_at timestamptz(3) not null,
  locked_by text not null,
  primary key (cluster_id, number)
);

-- What happened, for whoever wants to be told: one row an event, never changed. Types and their data are in
-- contract/src/events.ts. Written in the transaction that makes it true. The subjects are those the type has; they carry no
-- foreign keys, because a key's check would lock rows out of the lock order.
create table events (
  event_id text primary key,
  organization_id text not null,
  namespace_id text,
  type text not null,
  at timestamptz(3) not null,
  cluster_id text,
  trigger_id text,
  run_id text,
  data jsonb not null default '{}'
);
create index events_in_order on events (organization_id, at desc, event_id desc);
create index events_of_cluster on events (cluster_id, at desc, event_id desc) where cluster_id is not null;
`;
