import { Type, type TSchema } from "typebox";

/** The schema's value or null, as the contract writes optional things. */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** An instant in ISO 8601, UTC. */
export const Instant = Type.String({ format: "date-time" });
