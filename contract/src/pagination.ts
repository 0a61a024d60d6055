import { Type, type Static } from "typebox";

import { Nullable } from "./nullable.ts";

/** `limit` and `offset` of the list routes whose offset the contract caps. */
export const ListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, default: 0 })),
  cursor: Type.Optional(Type.String()),
  include_total: Type.Optional(Type.Boolean({ default: false })),
});
export type ListQuery = Static<typeof ListQuery>;

export const PaginationResponse = Type.Object({
  total: Nullable(Type.Integer()),
  page: Nullable(Type.Integer()),
  page_size: Nullable(Type.Integer()),
  total_pages: Nullable(Type.Integer()),
  next_page: Nullable(Type.String()),
  previous_page: Nullable(Type.String()),
  next_cursor: Nullable(Type.String()),
});
export type PaginationResponse = Static<typeof PaginationResponse>;
