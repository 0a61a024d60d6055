import type { CreateCollectionRequest, Feature } from "#contract/collections.ts";
import { AppError, notSupported } from "../../platform/app-error.ts";
import { looksLikeId, newId } from "../../platform/ids.ts";
import { assertText, canonicalJson, Unstorable } from "../canonical-json.ts";
import { SOURCE_TYPE, VECTORS_EXTRACTOR } from "./collection-response.ts";
import type { Collection } from "./store.ts";

const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** The contract's form: a scheme, an extractor with its version, an output. */
const URI_NAME = /^[a-z][a-z0-9+.-]*:\/\/[^\s/]+(\/[^\s/]+)+$/;

const READY_MADE =
  "This server stores vectors that are made elsewhere: create the collection with features and ingest documents with vectors.";

/** The collection a request describes, under the id; throws `invalid_value` or `not_supported`. */
export function newCollection(
  namespaceId: string,
  request: CreateCollectionRequest,
  collectionId = newId("col"),
): Omit<Collection, "documentCount" | "createdAt" | "updatedAt"> {
  refuseHostedFields(request);
  assertFeatureNames(request.features);
  return {
    collectionId,
    namespaceId,
    name: collectionName(request.collection_name),
    description: description(request.description ?? null),
    metadata: metadata(request.metadata ?? {}),
    enabled: request.enabled ?? true,
    features: request.features,
  };
}

/** The name as given; throws `invalid_value` if it could be mistaken for an id or cannot be typed. */
export function collectionName(name: string): string {
  if (looksLikeId(name)) {
    throw invalid(
      "collection_name",
      `'${name}' looks like an id, and ids and names address collections alike. Choose another name.`,
    );
  }
  if (name.trim() !== name || /[\u0000-\u001f\u007f]/.test(name) || !name.isWellFormed()) {
    throw invalid(
      "collection_name",
      "The name may not begin or end with a blank nor contain control characters.",
    );
  }
  return name;
}

export function description(text: string | null): string | null {
  if (text !== null) storable("description", () => assertText(text, "description"));
  return text;
}

export function metadata(value: object): Record<string, unknown> {
  storable("metadata", () => canonicalJson(value, "metadata"));
  return { ...value };
}

function assertFeatureNames(features: readonly Feature[]): void {
  const seen = new Set<string>();
  for (const { name } of features) {
    if (!PLAIN_NAME.test(name) && !URI_NAME.test(name)) {
      throw invalid(
        "features",
        `'${name}' is no name of a feature. It takes letters, digits, '_', '.' and '-', or a URI such as vectors://text@v1/embedding.`,
      );
    }
    if (name === "__proto__") {
      throw invalid("features", "'__proto__' is no name of a feature: answers could not show its vectors.");
    }
    if (seen.has(name)) throw invalid("features", `The feature '${name}' is named twice.`);
    seen.add(name);
  }
}

/** Fields of the hosted service pass when they are empty or what our own answers say. */
function refuseHostedFields(request: CreateCollectionRequest): void {
  const { source, feature_extractor: extractor, input_schema: schema } = request;
  if (source != null && !hasOnly(source, { type: SOURCE_TYPE })) throw notSupported("source", READY_MADE);
  if (extractor != null && !hasOnly(extractor, VECTORS_EXTRACTOR))
    throw notSupported("feature_extractor", READY_MADE);
  if (schema != null && !hasOnly(schema, { properties: {} })) {
    throw notSupported("input_schema", "Payloads are stored as they come; leave it out.");
  }
  for (const field of [
    "schedule",
    "taxonomy_applications",
    "cluster_applications",
    "alert_applications",
    "retriever_enrichments",
  ] as const) {
    const value = request[field];
    if (value == null || (Array.isArray(value) && value.length === 0)) continue;
    throw notSupported(
      field,
      "Leave it out; triggers at /v1/clusters/triggers run clusters on this collection.",
    );
  }
}

/** Whether each field of `value` is one of `allowed` with the same value. */
function hasOnly(value: unknown, allowed: Record<string, unknown>): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(
    ([field, given]) =>
      given == null || (field in allowed && JSON.stringify(given) === JSON.stringify(allowed[field])),
  );
}

function storable(field: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof Unstorable) throw invalid(field, `${error.message}, which cannot be stored.`);
    throw error;
  }
}

function invalid(field: string, message: string): AppError {
  return new AppError("invalid_value", message, { details: { field } });
}
