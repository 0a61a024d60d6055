import type { Sql } from "../../db/database.ts";
import { readStaged } from "../store.ts";
import type { VectorStore } from "../vector-store.ts";
import type { CurrentDocuments } from "./current-documents.ts";
import type { DrawnDocument } from "./documents-in-order.ts";

/**
 * The vectors of drawn documents, for each feature [documents, dimensions]. A vector that was replaced or deleted since
 * the draw may be gone: its document is left out of `documents`, and of every feature's vectors.
 */
export async function readDrawnVectors(
  run: Sql,
  store: VectorStore,
  { features, sources }: CurrentDocuments,
  drawn: readonly DrawnDocument[],
): Promise<{ documents: readonly DrawnDocument[]; vectors: readonly Float32Array[] }> {
  // Staged first: a vector that a flush moves meanwhile is in the store before it leaves the staged rows.
  const found = await readStaged(
    run,
    drawn.flatMap(({ vectorIds }) => vectorIds),
  );
  for (const [at, { dimensions }] of features.entries()) {
    for (const { collectionId, features: positions } of sources) {
      const own = drawn.filter((document) => document.collectionId === collectionId);
      const missing = own.map(({ vectorIds }) => vectorIds[at]!).filter((id) => !found.has(id));
      const stored = await store.read({ collectionId, feature: positions[at]! }, dimensions, missing);
      for (const [id, vector] of stored) found.set(id, vector);
    }
  }
  const documents = drawn.filter(({ vectorIds }) => vectorIds.every((id) => found.has(id)));
  const vectors = features.map(({ dimensions }, at) => {
    const data = new Float32Array(documents.length * dimensions);
    for (const [row, { vectorIds }] of documents.entries()) data.set(found.get(vectorIds[at]!)!, row * dimensions);
    return data;
  }); // prettier-ignore
  return { documents, vectors };
}
