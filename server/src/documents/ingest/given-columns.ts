import { Type } from "typebox";

import type { FlagNames, GivenColumns } from "../formats/columns/map-columns.ts";

const Name = Type.String({ minLength: 1 });
/** A parameter that is given once arrives as a text, one that is given again as a list. */
const OneOrMore = Type.Union([Name, Type.Array(Name)]);

/** The parameters that say which column is what; each may be given several times but the first. */
export const ColumnQuery = {
  id_column: Type.Optional(Name),
  vector_column: Type.Optional(OneOrMore),
  payload_column: Type.Optional(OneOrMore),
};
export const FLAGS: FlagNames = {
  id: "?id_column",
  vector: "?vector_column",
  payload: "?payload_column",
};

interface Given {
  readonly id_column?: string;
  readonly vector_column?: string | readonly string[];
  readonly payload_column?: string | readonly string[];
}

export function givenColumns(query: Given): GivenColumns {
  return {
    id: query.id_column,
    vectors: listOf(query.vector_column)?.map(vectorColumn),
    payload: listOf(query.payload_column),
  };
}

function listOf(given: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof given === "string" ? [given] : given;
}

/** `FEATURE=COLUMN`, or only a column. A name with `=` in it is written with its feature. */
export function vectorColumn(text: string): { feature?: string; column: string } {
  const at = text.indexOf("=");
  return at > 0 ? { feature: text.slice(0, at), column: text.slice(at + 1) } : { column: text };
}
