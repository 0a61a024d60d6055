import type { Feature } from "#contract/collections.ts";

const EMPTY_PAYLOAD_BYTES = 2;

interface StoredSize {
  readonly sizeBytes: number;
  readonly vectorIds: readonly (number | null)[];
}

/**
 * Bytes of a document after a write: its payload's text (what was stored when none is given) and four for each number
 * of the vectors it has then.
 */
export function documentSize(
  features: readonly Feature[],
  payload: string | undefined,
  vectorIds: readonly (number | null)[],
  stored: StoredSize | undefined,
): number {
  return payloadSize(features, payload, stored) + vectorsSize(features, vectorIds);
}

function payloadSize(
  features: readonly Feature[],
  payload: string | undefined,
  stored: StoredSize | undefined,
): number {
  if (payload !== undefined) return Buffer.byteLength(payload);
  if (stored) return stored.sizeBytes - vectorsSize(features, stored.vectorIds);
  return EMPTY_PAYLOAD_BYTES;
}

function vectorsSize(features: readonly Feature[], vectorIds: readonly (number | null)[]): number {
  let size = 0;
  for (const [feature, { dimensions }] of features.entries()) {
    if (vectorIds[feature] != null) size += 4 * dimensions;
  }
  return size;
}
