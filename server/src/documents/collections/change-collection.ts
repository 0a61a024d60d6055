import type {
  CollectionResponse,
  CreateCollectionRequest,
  PatchCollectionRequest,
} from "#contract/collections.ts";
import { isUniqueViolation } from "../../db/database-errors.ts";
import { AppError, notFound, notSupported } from "../../platform/app-error.ts";
import type { Quotas } from "../../platform/config.ts";
import { quotaExceeded } from "../../tenancy/quotas/quota-error.ts";
import { readQuotas } from "../../tenancy/quotas/read-quotas.ts";
import type { DocumentsDeps } from "../deps.ts";
import { collectionName, description, metadata, newCollection } from "./new-collection.ts";
import {
  deleteCollectionRow,
  findCollection,
  insertCollection,
  lockCollection,
  readUse,
  updateCollection,
  type Collection,
  type CollectionUse,
} from "./store.ts";
import { removeContents } from "./remove-contents.ts";

type Deps = Pick<DocumentsDeps, "db" | "clock" | "quotas" | "vectors" | "onDeleting">;

const CHANGEABLE = ["collection_name", "description", "metadata", "enabled"];
const IMMUTABLE: readonly (keyof CollectionResponse)[] = ["collection_id", "features", "created_at"];
const UNBUILT: readonly (keyof CollectionResponse)[] = [
  "source", "input_schema", "output_schema", "feature_extractor", "schedule",
  "taxonomy_applications", "cluster_applications", "alert_applications", "retriever_enrichments",
  "schema_sync_enabled",
]; // prettier-ignore

export async function createCollection(
  { db, clock, quotas }: Deps,
  namespaceId: string,
  request: CreateCollectionRequest,
  collectionId: string,
): Promise<Collection> {
  const collection = newCollection(namespaceId, request, collectionId);
  refuseDimensions(collection, await readQuotas(db.sql, namespaceId, quotas));
  return unlessTaken(collection.name, () => insertCollection(db.sql, clock.now, collection));
}

function refuseDimensions(
  { features }: Pick<Collection, "features">,
  { max_dimensions: limit }: Quotas,
): void {
  for (const { name, dimensions } of features) {
    if (limit === null || dimensions <= limit) continue;
    throw quotaExceeded(`The feature '${name}' was to have ${dimensions} dimensions`, {
      quota: "max_dimensions",
      limit,
      current: null,
      asked: dimensions,
    });
  }
}

/** Changes name, description, metadata and enabled; other fields of a collection are refused, unknown ones ignored. */
export async function changeCollection(
  { db, clock }: Deps,
  namespaceId: string,
  identifier: string,
  request: PatchCollectionRequest,
): Promise<Collection> {
  for (const field of IMMUTABLE) {
    if (field in request) {
      throw new AppError(
        "immutable_field",
        `'${field}' cannot be changed; ${CHANGEABLE.join(", ")} can. Create another collection instead.`,
        { details: { field } },
      );
    }
  }
  for (const field of UNBUILT) {
    const value = (request as Record<string, unknown>)[field];
    if (value != null) throw notSupported(field, `A collection's ${CHANGEABLE.join(", ")} can be changed.`);
  }
  if (request.collection_name !== undefined) collectionName(request.collection_name);
  if (request.description !== undefined) description(request.description);
  if (request.metadata != null) metadata(request.metadata);
  const { collectionId } = await findCollection(db.sql, namespaceId, identifier);
  const changed = await unlessTaken(request.collection_name ?? "", () =>
    updateCollection(db.sql, clock.now, collectionId, request),
  );
  if (!changed) throw notFound("collection", identifier);
  return changed;
}

/**
 * Deletes a collection with its documents, events and vectors. One that clusters or triggers use is `in_use` with the
 * list of them, unless `force`: they stay, and their runs will fail until they are given other collections.
 */
export async function deleteCollection(
  { db, vectors, onDeleting }: Deps,
  namespaceId: string,
  identifier: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const collection = await findCollection(db.sql, namespaceId, identifier);
  await db.transaction(async (tx) => {
    if (!(await lockCollection(tx, collection.collectionId))) throw notFound("collection", identifier);
    const use = await readUse(tx, collection.collectionId);
    if (!force && use.clusters.length + use.triggers.length > 0) throw inUse(collection, use);
    await onDeleting(tx, collection.collectionId);
    await deleteCollectionRow(tx, collection.collectionId);
  });
  // If this is cut short, the sweep finds what is left.
  await removeContents({ db, vectors }, collection.collectionId);
}

function inUse(collection: Collection, { clusters, triggers }: CollectionUse): AppError {
  const users = [
    ...clusters.map((cluster) => `${cluster.cluster_id} (${cluster.name})`),
    ...triggers.map((trigger) => trigger.trigger_id),
  ];
  return new AppError(
    "in_use",
    `The collection '${collection.name}' is used by ${users.slice(0, 10).join(", ")}${users.length > 10 ? ` and ${users.length - 10} more` : ""}. ` +
      "Delete those first, or add ?force=true: then they stay and their runs fail.",
    { details: { clusters, triggers } },
  );
}

async function unlessTaken<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError(
      "name_taken",
      `This namespace has a collection '${name}'. Names are unique in a namespace; choose another.`,
      { cause: error, details: { field: "collection_name" } },
    );
  }
}
