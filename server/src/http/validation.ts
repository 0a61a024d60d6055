import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";

import { ValidationFailed, type Fault } from "../platform/app-error.ts";
import { nearestName } from "../platform/nearest-name.ts";
import { INSTANT_TEXT, isInstantText } from "../platform/instant-text.ts";

const options = {
  verbose: true,
  allErrors: true,
  useDefaults: true,
  strict: false,
  removeAdditional: false,
} as const;
const withFormats = (ajv: Ajv): Ajv =>
  (addFormats as unknown as (ajv: Ajv) => Ajv)(ajv).addFormat("date-time", isInstantText);

/** JSON bodies mean what they say: "50" is not 50. */
const bodies = withFormats(new Ajv({ ...options, coerceTypes: false }));
/** Query strings are text: "50" is 50. */
const texts = withFormats(new Ajv({ ...options, coerceTypes: true }));

const PARTS: Record<string, string> = {
  body: "body",
  params: "path",
  querystring: "query",
  headers: "header",
};

/**
 * Validates a part of a request; throws ValidationFailed with every fault, its place as the contract writes it. Compiled when
 * the first such request comes: most processes see few of the routes.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = "body" }) => {
  let compiled: ValidateFunction | undefined;
  const part = PARTS[httpPart] ?? httpPart;
  return (data: unknown) => {
    const validate = (compiled ??= (httpPart === "body" ? bodies : texts).compile(schema));
    if (validate(data)) return { value: data };
    return { error: new ValidationFailed(toFaults(validate.errors ?? [], part)) };
  };
};

/**
 * Ajv reports each branch of a union and the union itself; the contract's nullable fields are unions, so a wrong
 * integer would be three faults. One fault a place is kept, the most telling one.
 */
function toFaults(errors: readonly ErrorObject[], part: string): Fault[] {
  const byPlace = new Map<string, { fault: Fault; weight: number }>();
  for (const error of errors) {
    const { fault, weight } = toFault(error, part);
    const place = fault.loc.join("\u0000");
    const known = byPlace.get(place);
    if (!known || weight > known.weight) byPlace.set(place, { fault, weight });
  }
  const places = [...byPlace.keys()];
  // "Should be null" or "no shape matches" says nothing where a fault inside the object is listed.
  const isSuperseded = (place: string, weight: number) =>
    weight <= 1 && places.some((other) => other.startsWith(`${place}\u0000`));
  return [...byPlace].flatMap(([place, { fault, weight }]) => (isSuperseded(place, weight) ? [] : [fault]));
}

function toFault(error: ErrorObject, part: string): { fault: Fault; weight: number } {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((piece) => piece.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((piece) => (/^\d+$/.test(piece) ? Number(piece) : piece));
  const loc = [part, ...path];
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "required":
      return {
        fault: { loc: [...loc, String(params.missingProperty)], msg: "Field required", type: "missing" },
        weight: 9,
      };
    case "additionalProperties":
      return {
        fault: {
          loc: [...loc, String(params.additionalProperty)],
          msg: `Unknown field${hintFor(String(params.additionalProperty), error.parentSchema)}`,
          type: "extra_forbidden",
        },
        weight: 9,
      };
    case "type":
      if (params.type === "null")
        return { fault: { loc, msg: "Input should be null", type: "null_type" }, weight: 1 };
      return {
        fault: {
          loc,
          msg: `Input should be a valid ${String(params.type)}`,
          type: `${String(params.type)}_type`,
        },
        weight: 5,
      };
    case "enum": {
      const allowed = (params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(", ");
      return { fault: { loc, msg: `Input should be one of ${allowed}`, type: "enum" }, weight: 6 };
    }
    case "const":
      return {
        fault: { loc, msg: `Input should be ${JSON.stringify(params.allowedValue)}`, type: "enum" },
        weight: 4,
      };
    case "minimum":
      return {
        fault: {
          loc,
          msg: `Input should be greater than or equal to ${String(params.limit)}`,
          type: "greater_than_equal",
        },
        weight: 7,
      };
    case "maximum":
      return {
        fault: {
          loc,
          msg: `Input should be less than or equal to ${String(params.limit)}`,
          type: "less_than_equal",
        },
        weight: 7,
      };
    case "anyOf":
    case "oneOf":
      return {
        fault: { loc, msg: "Input does not match any of the allowed shapes", type: "union" },
        weight: 0,
      };
    case "format":
      if (params.format !== "date-time") break;
      return {
        fault: { loc, msg: `Input should be ${INSTANT_TEXT}`, type: "datetime" },
        weight: 7,
      };
  }
  return {
    fault: { loc, msg: `Input ${error.message ?? "is not valid"}`, type: error.keyword },
    weight: 7,
  };
}

/** The known name that was most likely meant. */
function hintFor(name: string, schema: unknown): string {
  const { properties = {} } = (schema ?? {}) as { properties?: object };
  const nearest = nearestName(name.slice(0, 100), Object.keys(properties));
  return nearest === undefined ? "" : `; did you mean '${nearest}'?`;
}
