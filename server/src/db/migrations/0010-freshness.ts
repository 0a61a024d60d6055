/** How old a cluster's result may become. */
export const sql = /* sql */ `
-- Seconds after the end of its last completed run from which its result is too old; null: never.
alter table clusters add column max_age_seconds bigint;
`;
