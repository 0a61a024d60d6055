/** How old a cluster's result may become. */
export const sql = /* sql */ `
-- Seconds after the end of its last completed run from which its result is too old; null: never.
-- too_old_run_id: the completed run of which it was told that it has become too old.
alter table clusters
  add column max_age_seconds bigint,
  add column too_old_run_id text;
create index clusters_that_age on clusters (cluster_id) where max_age_seconds is not null;
`;
