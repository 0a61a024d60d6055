import { Type, type Static } from "typebox";

export const GenericSuccessResponse = Type.Object({ message: Type.String(), success: Type.Boolean() });
export type GenericSuccessResponse = Static<typeof GenericSuccessResponse>;

/** The contract has the same two fields for a deletion. */
export const GenericDeleteResponse = GenericSuccessResponse;
export type GenericDeleteResponse = GenericSuccessResponse;
