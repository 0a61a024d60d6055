/**
 * Indexes for the lists of executions, and how a page of a trigger's history is found. Measured on a million executions of one trigger: planning the page's
 * statement anew cost two to three times what reading fifty rows does, so it is a function, whose plans a session
 * keeps; a page at any depth then takes 1.3 times the bare index read of its rows.
 */
export const sql = /* sql */ `
-- A status that one execution in a thousand has is read without passing the others.
create index executions_by_status on executions (trigger_id, status, trigger_ordinal) where trigger_id is not null;
-- Tasks are the executions of an organization's namespaces, newest first, of one status or (merged) of all.
create index executions_of_namespace on executions (namespace_id, status, triggered_at desc, run_id desc);
-- A cluster's figures are those of its newest completed execution, however many have failed since.
create index executions_completed on executions (cluster_id, triggered_at desc, run_id desc)
  where status = 'completed';

-- Executions of a block with a status; with any, if it is null; none, if there is no such status.
create function history_count(b history_blocks, of_status text) returns integer language sql immutable as $$
  select case
    when of_status is null then b.pending + b.processing + b.completed + b.failed + b.canceled
    when of_status = 'pending' then b.pending when of_status = 'processing' then b.processing
    when of_status = 'completed' then b.completed when of_status = 'failed' then b.failed
    when of_status = 'canceled' then b.canceled else 0 end
$$;

-- The ordinal that parts a trigger's executions at an instant: those from it on were triggered at or after it, those
-- below before (triggered_at grows with the ordinal). It need not exist itself.
create function history_ordinal_at(of_trigger text, instant timestamptz) returns bigint language plpgsql stable as $$
declare
  at bigint;
  found_ordinal bigint;
begin
  select block into at from history_blocks
    where trigger_id = of_trigger and level = 1 and last_at >= instant order by block limit 1;
  if at is null then return 9007199254740991; end if;
  select block into at from history_blocks
    where trigger_id = of_trigger and level = 0 and block between at * 1000 and at * 1000 + 999 and last_at >= instant
    order by block limit 1;
  select trigger_ordinal into found_ordinal from executions
    where trigger_id = of_trigger and trigger_ordinal between at * 1000 and at * 1000 + 999 and triggered_at >= instant
    order by trigger_ordinal limit 1;
  -- None when retention has removed the block's newest.
  return coalesce(found_ordinal, (at + 1) * 1000);
end $$;

-- How many of a trigger's executions have this status (any, if null) and an ordinal from this one on.
create function history_count_from(of_trigger text, of_status text, ordinal bigint) returns bigint
language plpgsql stable as $$
begin
  return (select coalesce(sum(history_count(b, of_status)), 0) from history_blocks b
      where trigger_id = of_trigger and level = 1 and block > ordinal / 1000000)
    + (select coalesce(sum(history_count(b, of_status)), 0) from history_blocks b
      where trigger_id = of_trigger and level = 0
        and block > ordinal / 1000 and block < (ordinal / 1000000 + 1) * 1000)
    + (select count(*) from executions
      where trigger_id = of_trigger and trigger_ordinal >= ordinal and trigger_ordinal < (ordinal / 1000 + 1) * 1000
        and (of_status is null or status = of_status));
end $$;

-- A page of a trigger's history, newest first, with the exact total under the filter on each row; one row without an
-- execution if the page is empty, none if the namespace has no such trigger. Either skip, or (below not null) begin
-- under an ordinal. One statement, so it reads one state of the database whatever is written meanwhile. A function,
-- because sessions keep the plans of its statements: planning them anew for each page cost more than reading it.
create function history_page(
  of_trigger text, in_namespace text, of_status text, skip bigint, page_size bigint,
  below bigint, at_or_after timestamptz, before timestamptz
) returns table (
  total bigint, run_id text, triggered_at timestamptz, status text, execution_time_ms bigint, error text,
  num_clusters bigint, num_documents bigint, trigger_ordinal bigint
) language plpgsql stable as $$
#variable_conflict use_column
declare
  matching bigint := 0;
  least_ordinal bigint := 0;
  newer bigint := 0;
  bound bigint;
  through_here bigint;
  b record;
begin
  if not exists (select from triggers where trigger_id = of_trigger and namespace_id = in_namespace) then return; end if;
  if before is not null then
    bound := history_ordinal_at(of_trigger, before);
    newer := history_count_from(of_trigger, of_status, bound);
    if below is null then skip := skip + newer; else below := least(below, bound); end if;
  end if;
  if at_or_after is not null then least_ordinal := history_ordinal_at(of_trigger, at_or_after); end if;

  for b in
    select block, history_count(h, of_status) as count from history_blocks h
    where trigger_id = of_trigger and level = 1 order by block desc
  loop
    matching := matching + b.count;
    if below is not null then continue; end if;
    if skip >= b.count then skip := skip - b.count; continue; end if;
    below := (b.block + 1) * 1000000;
    if of_status is null and skip >= 1000 then
      -- Where retention has left no gaps the ordinal is known.
      select e.trigger_ordinal + 1 into bound from executions e
      where e.trigger_id = of_trigger and e.trigger_ordinal < below order by e.trigger_ordinal desc limit 1;
      if bound - b.block * 1000000 = b.count then
        below := bound - skip;
        skip := 0;
      end if;
    end if;
    if skip >= 1000 and skip * 2 < b.count then
      select (block + 1) * 1000, skip - above into below, skip
      from (select block, count, sum(count) over newest - count as above
            from (select block, history_count(h, of_status) as count from history_blocks h
                  where trigger_id = of_trigger and level = 0
                    and block between b.block * 1000 and b.block * 1000 + 999) as counts
            window newest as (order by block desc rows unbounded preceding)) as sums
      where above + count > skip order by block desc limit 1;
    elsif skip >= 1000 then
      -- From the old end: what lies at the place or below it.
      through_here := b.count - skip;
      select (block + 1) * 1000, through - through_here into below, skip
      from (select block, sum(count) over oldest as through
            from (select block, history_count(h, of_status) as count from history_blocks h
                  where trigger_id = of_trigger and level = 0
                    and block between b.block * 1000 and b.block * 1000 + 999) as counts
            window oldest as (order by block rows unbounded preceding)) as sums
      where through >= through_here order by block limit 1;
    end if;
  end loop;
  if at_or_after is not null then
    matching := history_count_from(of_trigger, of_status, least_ordinal);
  end if;
  matching := greatest(0, matching - newer);

  if of_status is null then
    return query select matching, e.run_id, e.triggered_at, e.status, e.execution_time_ms, e.error, e.num_clusters,
        e.num_documents, e.trigger_ordinal
      from executions e where e.trigger_id = of_trigger and e.trigger_ordinal < below
        and e.trigger_ordinal >= least_ordinal
      order by e.trigger_ordinal desc offset skip limit page_size;
  else
    return query select matching, e.run_id, e.triggered_at, e.status, e.execution_time_ms, e.error, e.num_clusters,
        e.num_documents, e.trigger_ordinal
      from executions e where e.trigger_id = of_trigger and e.status = of_status and e.trigger_ordinal < below
        and e.trigger_ordinal >= least_ordinal
      order by e.trigger_ordinal desc offset skip limit page_size;
  end if;
  if not found then
    total := matching;
    return next;
  end if;
end $$;
`;
