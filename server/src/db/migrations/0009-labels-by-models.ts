/** What language models have answered, and what they have not. */
export const sql = /* sql */ `
-- Why clusters of a completed run have no name by the model that was asked for one; null where none was asked, or all have.
alter table executions add column labeling_errors text[];

-- Answers that were found good, by a hash of everything that was asked: model, words and documents. They belong to the
-- namespace whose documents were asked about; which those were cannot be told from the hash.
create table label_answers (
  namespace_id text not null references namespaces on delete cascade,
  content_hash text not null,
  answer jsonb not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null,
  primary key (namespace_id, content_hash)
);
create index label_answers_by_expiry on label_answers (expires_at);
`;
