import { Type } from "typebox";

export const ErrorResponse = Type.Object(
  {
    success: Type.Boolean(),
    status: Type.Integer(),
    error: Type.Object({
      message: Type.String(),
      type: Type.String(),
      code: Type.Optional(Type.String()),
      details: Type.Optional(Type.Object({}, { additionalProperties: true })),
    }),
  },
  { $id: "ErrorResponse" },
);

export const HttpValidationError = Type.Object(
  {
    detail: Type.Array(
      Type.Object({
        loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
        msg: Type.String(),
        type: Type.String(),
      }),
    ),
  },
  { $id: "HTTPValidationError" },
);
