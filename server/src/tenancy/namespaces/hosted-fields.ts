import type { CreateNamespaceRequest, PatchNamespaceRequest } from "#contract/namespaces.ts";
import { notSupported } from "../../platform/app-error.ts";

/** The placeholder every namespace answers with: vectors come ready-made. */
export const VECTORS_EXTRACTOR = {
  feature_extractor_name: "vectors",
  version: "v1",
  params: null,
  feature_extractor_id: "vectors_v1",
} as const;

/**
 * The hosted service ties a namespace to extractors, indexes and compute; this one has none of them. What a client of
 * it sends by default passes, anything that would have to have an effect is refused by name.
 */
export function refuseHostedFields(
  request: Partial<Omit<CreateNamespaceRequest, "namespace_name">> & PatchNamespaceRequest,
): void {
  if (request.namespace_type === "marketplace") {
    throw notSupported("namespace_type 'marketplace'", "Leave it out or send 'standard'.");
  }
  for (const extractor of request.feature_extractors ?? []) {
    if (
      extractor.feature_extractor_name !== VECTORS_EXTRACTOR.feature_extractor_name ||
      extractor.version !== VECTORS_EXTRACTOR.version ||
      Object.keys(extractor.params ?? {}).length > 0
    ) {
      throw notSupported(
        `The feature extractor '${extractor.feature_extractor_name}' ${extractor.version}`,
        "Vectors come ready-made: leave feature_extractors out and name the features when you create a collection.",
      );
    }
  }
  if (request.payload_indexes && request.payload_indexes.length > 0) {
    throw notSupported("payload_indexes", "Leave it out; documents are not indexed by payload.");
  }
  if (request.auto_create_indexes) {
    throw notSupported("auto_create_indexes", "Leave it out or send false.");
  }
  if (request.infrastructure) {
    throw notSupported("infrastructure", "Leave it out; this server computes with what it runs on.");
  }
}
