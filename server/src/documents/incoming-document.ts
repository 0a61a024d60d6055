import type { Feature } from "#contract/collections.ts";
import { newId } from "../platform/ids.ts";
import { assertText, canonicalJson, Unstorable } from "./canonical-json.ts";
import { hashOf } from "./content-hash.ts";
import { readVector } from "./read-vector.ts";

export interface IncomingVector {
  /** Position of the feature in the collection, from 0. */
  readonly feature: number;
  readonly values: Float32Array;
  readonly hash: string;
}

/** A document that has been checked and can be stored. What is undefined or missing is left as it is by an update. */
export interface IncomingDocument {
  readonly index: number;
  readonly documentId: string;
  /** Canonical JSON. */
  readonly payload: string | undefined;
  readonly payloadHash: string | undefined;
  readonly vectors: readonly IncomingVector[];
}

/** Why a document was refused: it is wrong by itself, others of the request are not concerned. */
export interface DocumentError {
  readonly index: number;
  readonly document_id: string | null;
  readonly message: string;
}

/** `code` is what a route that takes one document answers. */
export class DocumentRefused extends Error {
  readonly code: "invalid_value" | "unknown_feature" | "wrong_dimensions";

  constructor(message: string, code: DocumentRefused["code"] = "invalid_value") {
    super(message);
    this.code = code;
  }
}

/** In an answer these stand beside the payload's fields, so a payload cannot have fields of these names. */
export const RESERVED_FIELDS = ["document_id", "collection_id", "document_blobs", "_internal", "vectors"];
/** Paths of routes beside the documents'. */
const RESERVED_IDS = ["aggregate", "batch", "bulk", "ingest", "list"];
const DOCUMENT_FIELDS = ["document_id", "payload", "vectors"];
const MAX_ID = 255;

/**
 * The id of a document that comes without one; `index` is its place in the request, `content` the hashes of what it
 * holds. A request that may be sent again makes the same id for the same document at the same place.
 */
export type MissingId = (index: number, content: string) => string;

export const randomId: MissingId = () => newId("doc");

/**
 * Checks one document of an ingest request, `{document_id?, payload?, vectors?}` as parsed from JSON. Throws
 * DocumentRefused with a message that says which part is wrong, what was given and what is expected.
 */
export function readDocument(
  value: unknown,
  index: number,
  features: readonly Feature[],
  missingId: MissingId = randomId,
): IncomingDocument {
  if (!isObject(value))
    throw new DocumentRefused(
      `A document is an object with document_id, payload and vectors; this is ${kindOf(value)}.`,
    );
  for (const field of Object.keys(value)) {
    if (!DOCUMENT_FIELDS.includes(field)) {
      throw new DocumentRefused(
        `Unknown field '${field.slice(0, 100)}': a document has document_id, payload and vectors; put other fields into payload.`,
      );
    }
  }
  const { payload, vectors: named = {} } = value;
  if (!isObject(named)) {
    throw new DocumentRefused(
      `vectors must be an object from feature name to numbers; this is ${kindOf(named)}.`,
    );
  }
  const text = payload === undefined ? undefined : readPayload(payload);
  const payloadHash = text === undefined ? undefined : hashOf(text);
  const vectors = Object.keys(named).map((name) => readFeature(name, named[name], features));
  const documentId =
    value.document_id === undefined
      ? missingId(index, contentOf(payloadHash, vectors))
      : readId(value.document_id);
  return { index, documentId, payload: text, payloadHash, vectors };
}

/** What a document holds, for `MissingId`: equal for equal payloads and vectors, in whatever order they came. */
export function contentOf(payloadHash: string | undefined, vectors: readonly IncomingVector[]): string {
  const own = vectors.map(({ feature, hash }) => `${feature}:${hash}`).sort();
  return [payloadHash ?? "", ...own].join(" ");
}

/** The id in a document that may be wrong otherwise, to name it in an error. */
export function idOf(value: unknown): string | null {
  return isObject(value) && typeof value.document_id === "string" ? value.document_id.slice(0, MAX_ID) : null;
}

export function readId(id: unknown): string {
  if (typeof id !== "string")
    throw new DocumentRefused(`document_id must be a string; this is ${kindOf(id)}.`);
  if (id.length === 0 || id.length > MAX_ID) {
    throw new DocumentRefused(`document_id must have 1 to ${MAX_ID} characters; this has ${id.length}.`);
  }
  if (/[\u0000-\u001f\u007f]/.test(id) || !id.isWellFormed()) {
    throw new DocumentRefused("document_id contains a control character or half of a surrogate pair.");
  }
  if (RESERVED_IDS.includes(id) || id === "." || id === "..") {
    throw new DocumentRefused(`document_id '${id}' is the path of a route; choose another.`);
  }
  return id;
}

function readPayload(payload: unknown): string {
  if (!isObject(payload)) throw new DocumentRefused(`payload must be an object; this is ${kindOf(payload)}.`);
  for (const field of RESERVED_FIELDS) {
    if (Object.hasOwn(payload, field)) {
      throw new DocumentRefused(
        `payload has a field '${field}', a name that answers use themselves; rename it.`,
      );
    }
  }
  return storable(() => canonicalJson(payload));
}

function readFeature(name: string, value: unknown, features: readonly Feature[]): IncomingVector {
  const feature = features.findIndex((known) => known.name === name);
  if (feature < 0) {
    storable(() => assertText(name, "a feature's name"));
    throw new DocumentRefused(
      `Unknown feature '${name.slice(0, 200)}'; the collection has: ${features.map((known) => known.name).join(", ")}.`,
      "unknown_feature",
    );
  }
  const values = readVector(name, value, features[feature]!.dimensions);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { feature, values, hash: hashOf(bytes) };
}

function storable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unstorable) throw new DocumentRefused(`${error.message}, which cannot be stored.`);
    throw error;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}
