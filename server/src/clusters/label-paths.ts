import { AppError, notSupported, ValidationFailed, type Fault } from "../platform/app-error.ts";

type Loc = readonly (string | number)[];
type Fields = Record<string, unknown>;

export interface LabelInputs {
  /** Payload paths whose text (or, where that is no text, whose values) make the labels; null: the usual ones. */
  readonly paths: readonly string[] | null;
  /** What a language model is told of every cluster alike, by `input_key`. */
  readonly context: Readonly<Record<string, string>>;
}

/** Characters of one literal: it goes along with every request to a model. */
const LITERAL_LENGTH = 2_000;

/** Reads `labeling_inputs.input_mappings`: paths of the payload, and literals. */
export function toLabelInputs(inputs: Fields | null | undefined, loc: Loc): LabelInputs {
  if (!inputs) return { paths: null, context: {} };
  const mappings = inputs.input_mappings;
  if (!(Array.isArray(mappings) && mappings.length > 0)) {
    throw new ValidationFailed([{ loc: [...loc, "input_mappings"], msg: "Field required", type: "missing" }]);
  }
  const paths: string[] = [];
  const context: [string, string][] = [];
  for (const [index, mapping] of mappings.entries()) {
    const at = [...loc, "input_mappings", index];
    if (typeof mapping !== "object" || mapping === null) {
      throw new ValidationFailed([{ loc: at, msg: "Input should be a valid object", type: "object_type" }]);
    }
    const fields = mapping as Fields;
    if (fields.source_type === "literal") context.push(toLiteral(fields, at));
    else paths.push(toPath(fields, at));
  }
  return { paths: paths.length > 0 ? paths : null, context: Object.fromEntries(context) };
}

function toLiteral({ input_key: key, override = null }: Fields, loc: Loc): [string, string] {
  if (typeof key !== "string" || key === "") throw fault(loc, "input_key", "Field required", "missing");
  if (override === null) throw fault(loc, "override", "Field required", "missing");
  const text = typeof override === "string" ? override : JSON.stringify(override);
  if (text.length > LITERAL_LENGTH) {
    const msg = `Input should have at most ${LITERAL_LENGTH} characters`;
    throw fault(loc, "override", msg, "string_too_long");
  }
  return [key, text];
}

function toPath({ source_type: source = "payload", path, override = null }: Fields, loc: Loc): string {
  if (source !== null && source !== "payload") {
    throw notSupported(
      `source_type ${JSON.stringify(source)} of a labeling input`,
      "Name a path of the payload, or give a literal.",
    );
  }
  if (override !== null) {
    throw notSupported(
      "override of a labeling input that is no literal",
      'Name a path of the payload, or send source_type "literal".',
    );
  }
  if (path === undefined || path === null) throw fault(loc, "path", "Field required", "missing");
  if (typeof path !== "string") throw fault(loc, "path", "Input should be a valid string", "string_type");
  if (path === "") {
    throw new AppError("invalid_value", "A labeling input names an empty path; name a field of the payload.");
  }
  return path;
}

function fault(loc: Loc, name: string, msg: string, type: string): ValidationFailed {
  const one: Fault = { loc: [...loc, name], msg, type };
  return new ValidationFailed([one]);
}
