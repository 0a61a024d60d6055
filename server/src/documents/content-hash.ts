import { hash } from "node:crypto";

/** Stands for a vector the document does not have. */
const NONE = "-";

/**
 * What a document holds, as one text: the hash of its payload, then that of each feature's vector, blanks between.
 * Parts can be compared alone, so an update that gives only some of them knows what it changes without reading the
 * stored payload or vectors. The payload's is of what clients gave: what enrichment adds to it is left out, so that a
 * document that is sent again as it was sent before is unchanged, and keeps what was added.
 */
export interface ContentParts {
  readonly payload: string;
  /** By feature, null where the document has no vector. */
  readonly vectors: readonly (string | null)[];
}

export function joinParts(parts: ContentParts): string {
  return [parts.payload, ...parts.vectors.map((hash) => hash ?? NONE)].join(" ");
}

export function splitParts(contentHash: string): ContentParts {
  const [payload = "", ...vectors] = contentHash.split(" ");
  return { payload, vectors: vectors.map((hash) => (hash === NONE ? null : hash)) };
}

/** 132 bits of SHA-256: two contents that share it by chance are not to be expected in the life of the universe. */
export function hashOf(content: string | Uint8Array): string {
  return hash("sha256", content, "base64url").slice(0, 22);
}
