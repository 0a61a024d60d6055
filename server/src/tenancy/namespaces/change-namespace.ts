import type { CreateNamespaceRequest, PatchNamespaceRequest } from "#contract/namespaces.ts";
import type { Database, Tx } from "../../db/database.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import { counted } from "../../platform/counted.ts";
import { assertUnlimited, type Caller, type NamespaceRef } from "../caller.ts";
import { findNamespace } from "../find-namespace.ts";
import { refuseHostedFields } from "./hosted-fields.ts";
import { namespaceName } from "./namespace-name.ts";
import {
  deleteNamespace,
  insertNamespace,
  lockAndCount,
  readNamespace,
  updateNamespace,
  type NamespaceRow,
} from "./store.ts";

/** Creates an empty namespace under the id; a key limited to namespaces may not, it could not see the new one. */
export async function createNamespace(
  db: Database,
  caller: Caller,
  request: CreateNamespaceRequest,
  id: string,
): Promise<void> {
  assertUnlimited(caller, "new namespaces");
  refuseHostedFields(request);
  const name = namespaceName(request.namespace_name);
  await db.transaction((tx) =>
    insertNamespace(tx, id, caller.organizationId, name, request.description ?? null, request.quotas ?? {}),
  );
}

/**
 * Renames, describes, changes quotas. A null name changes nothing, a null description removes it, null quotas are the
 * server's again. PATCH merges quotas one by one, PUT replaces them all.
 */
export async function changeNamespace(
  db: Database,
  caller: Caller,
  identifier: string,
  request: PatchNamespaceRequest,
  method: "PATCH" | "PUT",
): Promise<NamespaceRow> {
  refuseHostedFields(request);
  const { quotas } = request;
  const changes = {
    ...(typeof request.namespace_name === "string" ? { name: namespaceName(request.namespace_name) } : {}),
    ...(request.description === undefined ? {} : { description: request.description }),
    ...(quotas === undefined
      ? {}
      : { quotas: { given: quotas ?? {}, merge: method === "PATCH" && quotas !== null } }),
  };
  return inNamespace(db, caller, identifier, async (tx, { namespaceId }) => {
    if (Object.keys(changes).length > 0) await updateNamespace(tx, namespaceId, changes);
    const row = await readNamespace(tx, namespaceId);
    if (!row) throw notFound("namespace", identifier, "organization");
    return row;
  });
}

/**
 * Deletes an empty namespace. What is in one is deleted by its own routes, which cancel what runs and remove
 * artifacts: a cascade here would leave runs computing for nobody and files that nothing refers to.
 */
export async function removeNamespace(db: Database, caller: Caller, identifier: string): Promise<void> {
  await inNamespace(db, caller, identifier, async (tx, { namespaceId, name }) => {
    const counts = await lockAndCount(tx, namespaceId);
    if (counts.collections + counts.clusters + counts.triggers > 0) {
      throw new AppError(
        "in_use",
        `The namespace '${name}' holds ${counted(counts.collections, "collection")}, ${counted(counts.clusters, "cluster")} and ` +
          `${counted(counts.triggers, "trigger")}. Delete its clusters (their triggers go with them) and collections first.`,
        { details: counts },
      );
    }
    if (!(await deleteNamespace(tx, namespaceId))) throw notFound("namespace", identifier, "organization");
  });
}

async function inNamespace<T>(
  db: Database,
  caller: Caller,
  identifier: string,
  body: (tx: Tx, namespace: NamespaceRef) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    const result = await body(tx, await findNamespace(tx, caller, identifier));
    db.wakeAfterCommit(tx, "tenancy");
    return result;
  });
}
