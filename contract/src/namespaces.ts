import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";
import { PaginationResponse } from "./pagination.ts";

/** Shapes of the hosted service that this store of ready-made vectors has no use for: read, then refused by code. */
const HostedOnly = Type.Object({}, { additionalProperties: true });

const FeatureExtractorInput = Type.Object({
  feature_extractor_name: Type.String(),
  version: Type.String(),
  params: Type.Optional(Nullable(HostedOnly)),
});

const NamespaceType = Type.Enum(["standard", "marketplace"]);

const Quota = (description: string, maximum: number = Number.MAX_SAFE_INTEGER) =>
  Nullable(Type.Integer({ minimum: 1, maximum, description }));
const QUOTAS = {
  max_documents: Quota("Documents of all its collections"),
  max_bytes: Quota("Their bytes: payloads as text, and four for each number of a vector"),
  max_dimensions: Quota("Dimensions of a feature of a new collection"),
  max_documents_per_second: Quota("Documents added or changed a second", 1e9),
};

/** What is given counts, also null, which is no quota; what is left out is as the server's configuration says. */
export const NamespaceQuotas = Type.Partial(Type.Object(QUOTAS), { additionalProperties: false });
export type NamespaceQuotas = Static<typeof NamespaceQuotas>;

const QuotasField = Type.Optional(Nullable(NamespaceQuotas));

/** `feature_extractors` is required by the hosted contract and optional here: features belong to collections. */
export const CreateNamespaceRequest = Type.Object({
  namespace_name: Type.String(),
  namespace_type: Type.Optional(Nullable(NamespaceType)),
  description: Type.Optional(Nullable(Type.String())),
  feature_extractors: Type.Optional(Nullable(Type.Array(FeatureExtractorInput))),
  payload_indexes: Type.Optional(Nullable(Type.Array(HostedOnly))),
  auto_create_indexes: Type.Optional(Nullable(Type.Boolean())),
  infrastructure: Type.Optional(Nullable(HostedOnly)),
  quotas: QuotasField,
});
export type CreateNamespaceRequest = Static<typeof CreateNamespaceRequest>;

export const UpdateNamespaceRequest = Type.Object({
  namespace_name: Type.Optional(Nullable(Type.String())),
  payload_indexes: Type.Optional(Nullable(Type.Array(HostedOnly))),
  quotas: QuotasField,
});
export type UpdateNamespaceRequest = Static<typeof UpdateNamespaceRequest>;

export const PatchNamespaceRequest = Type.Object({
  namespace_name: Type.Optional(Nullable(Type.String())),
  description: Type.Optional(Nullable(Type.String())),
  payload_indexes: Type.Optional(Nullable(Type.Array(HostedOnly))),
  auto_create_indexes: Type.Optional(Nullable(Type.Boolean())),
  infrastructure: Type.Optional(Nullable(HostedOnly)),
  quotas: QuotasField,
});
export type PatchNamespaceRequest = Static<typeof PatchNamespaceRequest>;

export const NamespaceModel = Type.Object({
  namespace_id: Type.String(),
  namespace_name: Type.String(),
  namespace_type: NamespaceType,
  infrastructure: Type.Null(),
  cluster_id: Type.Null(),
  description: Nullable(Type.String()),
  feature_extractors: Type.Array(
    Type.Object({
      feature_extractor_name: Type.String(),
      version: Type.String(),
      params: Type.Null(),
      feature_extractor_id: Type.String(),
    }),
  ),
  payload_indexes: Nullable(Type.Array(HostedOnly)),
  document_count: Nullable(Type.Integer()),
  bucket_count: Nullable(Type.Integer()),
  collection_count: Nullable(Type.Integer()),
  object_count: Nullable(Type.Integer()),
  auto_create_indexes: Type.Boolean(),
  vector_inference_map: Type.Null(),
  /** Those in force, the server's defaults included. */
  quotas: Type.Object(QUOTAS),
  usage: Type.Object({ documents: Type.Integer(), bytes: Type.Integer() }),
  created_at: Nullable(Instant),
  updated_at: Nullable(Instant),
});
export type NamespaceModel = Static<typeof NamespaceModel>;

export const ListNamespacesRequest = Type.Object({
  filters: Type.Optional(Nullable(HostedOnly)),
  sort: Type.Optional(Nullable(HostedOnly)),
  search: Type.Optional(Nullable(Type.String())),
  case_sensitive: Type.Optional(Type.Boolean({ default: false })),
});
export type ListNamespacesRequest = Static<typeof ListNamespacesRequest>;

export const ListNamespacesResponse = Type.Object({
  results: Type.Array(NamespaceModel),
  pagination: PaginationResponse,
  total_count: Type.Integer(),
  stats: Type.Null(),
});
export type ListNamespacesResponse = Static<typeof ListNamespacesResponse>;

export const NamespaceParams = Type.Object({ namespace_identifier: Type.String() });
export const DeleteNamespaceQuery = Type.Object({ force: Type.Optional(Type.Boolean({ default: false })) });
