/** Clusters of a run that has clustered each of several features by itself. */
export const sql = /* sql */ `
-- The feature whose vectors made the cluster; null where the run has clusters of one kind only.
alter table run_clusters add column feature text;
`;
