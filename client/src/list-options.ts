/** Where a list begins and how much of it is wanted. */
export interface ListOptions {
  readonly limit?: number;
  readonly offset?: number;
  readonly cursor?: string;
  readonly include_total?: boolean;
}

export function listQuery(options: ListOptions): Record<string, string | number | boolean | undefined> {
  return {
    limit: options.limit,
    offset: options.offset,
    cursor: options.cursor,
    include_total: options.include_total,
  };
}

/** A path with its variable pieces encoded: path`/v1/clusters/${id}`. */
export function path(pieces: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: pieces }, ...values.map(encodeURIComponent));
}
