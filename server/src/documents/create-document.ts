import type { DocumentCreateRequest } from "#contract/documents.ts";
import { AppError, notSupported } from "../platform/app-error.ts";
import type { Collection } from "./collections/store.ts";
import { commitDocuments } from "./commit-documents.ts";
import type { DocumentsDeps } from "./deps.ts";
import { DocumentRefused, isObject, readDocument, type IncomingDocument } from "./incoming-document.ts";

const LINEAGE = [
  "root_object_id", "root_bucket_id", "source_type", "source_collection_id", "source_document_id",
  "source_object_id", "lineage_path", "lineage_chain", "document_schema_version",
]; // prettier-ignore
const OWN = ["collection_id", "document_id", "metadata", "features"];

/**
 * Stores one document in the contract's shape under the request's id, else the given one. Its payload is what the request has beside the
 * contract's fields, then each feature's `payload`, then `metadata`; of one name the later counts. Throws
 * `document_exists`, `unknown_feature`, `wrong_dimensions`, `invalid_value`, `not_supported`.
 */
export async function createDocument(
  deps: DocumentsDeps,
  collection: Collection,
  request: DocumentCreateRequest,
  missingId: string,
): Promise<void> {
  if (request.collection_id !== collection.collectionId && request.collection_id !== collection.name) {
    throw new AppError(
      "invalid_value",
      `collection_id is '${request.collection_id.slice(0, 100)}', but the path names the collection '${collection.collectionId}'. Send the same in both.`,
      { details: { field: "collection_id" } },
    );
  }
  refuseLineage(request);
  const document = read(request, collection, missingId);
  await commitDocuments(deps, collection, [document], { finishesBatch: false, existing: "refuse" });
}

function refuseLineage(request: DocumentCreateRequest): void {
  for (const field of LINEAGE) {
    const value = (request as Record<string, unknown>)[field];
    if (value == null || (Array.isArray(value) && value.length === 0)) continue;
    throw notSupported(field, "Leave it out, or keep it under another name in metadata.");
  }
}

function read(request: DocumentCreateRequest, collection: Collection, missingId: string): IncomingDocument {
  const known = [...OWN, ...LINEAGE];
  const rest = Object.entries(request).filter(([field]) => !known.includes(field));
  const payload: Record<string, unknown> = Object.fromEntries(rest);
  const vectors: Record<string, unknown> = {};
  for (const feature of request.features ?? []) {
    Object.assign(payload, feature.payload);
    Object.assign(vectors, namedVectors(feature.feature_extractor_id, feature.vectors, collection));
  }
  Object.assign(payload, request.metadata);
  try {
    const id = request.document_id == null ? {} : { document_id: request.document_id };
    return readDocument({ ...id, payload, vectors }, 0, collection.features, () => missingId);
  } catch (error) {
    if (error instanceof DocumentRefused) throw new AppError(error.code, error.message);
    throw error;
  }
}

/** The contract's shapes of a feature's vectors, as an object from our feature names to numbers. */
function namedVectors(
  extractor: string,
  vectors: unknown,
  { features }: Collection,
): Record<string, unknown> {
  if (vectors == null) return {};
  if (Array.isArray(vectors)) return { [denseName(extractor, features)]: vectors };
  if (!isObject(vectors)) return { [denseName(extractor, features)]: vectors };
  if ("indices" in vectors && "values" in vectors) {
    throw notSupported("Sparse vectors", "Send dense ones: an object from feature name to numbers.");
  }
  const [only, ...more] = Object.entries(vectors);
  const isNamed = (name: string) => features.some((feature) => feature.name === name);
  if (only && more.length === 0 && ["vector", "values"].includes(only[0]) && !isNamed(only[0])) {
    return { [denseName(extractor, features)]: only[1] };
  }
  for (const [name, value] of Object.entries(vectors)) {
    if (Array.isArray(value) && Array.isArray(value[0])) {
      throw notSupported(`Several vectors for '${name.slice(0, 100)}'`, "Send one, as an array of numbers.");
    }
  }
  return vectors;
}

/** A vector without a name belongs to the feature its extractor id names, or to the only one. */
function denseName(extractor: string, features: Collection["features"]): string {
  if (features.some((feature) => feature.name === extractor)) return extractor;
  if (features.length === 1) return features[0]!.name;
  throw new AppError(
    "unknown_feature",
    `feature_extractor_id '${extractor.slice(0, 100)}' names no feature and the collection has ${features.length}: ` +
      `${features.map((feature) => feature.name).join(", ")}. Send vectors as an object from feature name to numbers.`,
    { details: { features: features.map((feature) => feature.name) } },
  );
}
