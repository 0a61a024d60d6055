import type {
  DocumentAggregationRequest,
  DocumentAggregationResponse,
} from "#contract/document-aggregates.ts";
import type {
  BatchDeleteDocumentsRequest,
  BatchDeleteDocumentsResponse,
  BatchUpdateDocumentsRequest,
  BatchUpdateDocumentsResponse,
  BulkUpdateDocumentsRequest,
  BulkUpdateDocumentsResponse,
  UpdateData,
} from "#contract/document-changes.ts";
import type {
  DocumentCreateRequest,
  DocumentResponse,
  IngestResponse,
  ListDocumentsRequest,
  ListDocumentsResponse,
} from "#contract/documents.ts";
import { ingestAll, type IngestAllOptions } from "./ingest-all.ts";
import { listQuery, path, type ListOptions } from "./list-options.ts";
import type { Transport } from "./transport.ts";

/** A document as ingestion takes it: vectors by the name of their feature. */
export interface NewDocument {
  readonly document_id?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly vectors?: Readonly<Record<string, readonly number[]>>;
}

export interface IngestOptions {
  /** One wrong document refuses the documents that commit with it. */
  readonly strict?: boolean;
  readonly signal?: AbortSignal;
}

/** Which column of a body with columns is what; without, the server tells by names and types. */
export interface IngestColumns {
  readonly id?: string;
  /** `COLUMN`, or `FEATURE=COLUMN`. */
  readonly vectors?: readonly string[];
  readonly payload?: readonly string[];
}

export class Documents {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(collection: string, body: DocumentCreateRequest): Promise<DocumentResponse> {
    return this.#transport.request("POST", path`/v1/collections/${collection}/documents`, { body });
  }

  /** Inserts or updates up to 10,000 documents; they commit together. */
  ingest(
    collection: string,
    documents: readonly NewDocument[],
    options: IngestOptions = {},
  ): Promise<IngestResponse> {
    const { signal, strict } = options;
    return this.#transport.request("POST", path`/v1/collections/${collection}/documents/ingest`, {
      body: { documents },
      query: { strict },
      ...(signal ? { signal } : {}),
    });
  }

  /** The same as NDJSON, one document a line: each 1,000 lines commit together. */
  ingestLines(collection: string, lines: string, options: IngestOptions = {}): Promise<IngestResponse> {
    return this.ingestBody(collection, lines, "application/x-ndjson", options);
  }

  /** Documents as the rows of an Arrow IPC stream; each record batch of up to 10,000 rows commits together. */
  ingestArrow(
    collection: string,
    stream: Uint8Array,
    options: IngestOptions & { readonly columns?: IngestColumns } = {},
  ): Promise<IngestResponse> {
    return this.ingestBody(collection, stream, "application/vnd.apache.arrow.stream", options);
  }

  /** A body of any type the route reads: Arrow, Parquet, CSV, npy, NDJSON or JSON. */
  ingestBody(
    collection: string,
    body: string | Uint8Array,
    contentType: string,
    { signal, strict, columns = {} }: IngestOptions & { readonly columns?: IngestColumns } = {},
  ): Promise<IngestResponse> {
    const target = path`/v1/collections/${collection}/documents/ingest`;
    const { id, vectors, payload } = columns;
    const query = { strict, id_column: id, vector_column: vectors, payload_column: payload };
    return this.#transport.send("POST", target, { query, ...(signal ? { signal } : {}) }, body, contentType);
  }

  /** Any number of documents, request by request as NDJSON. */
  ingestAll(
    collection: string,
    documents: AsyncIterable<NewDocument> | Iterable<NewDocument>,
    options: IngestAllOptions = {},
  ): Promise<IngestResponse> {
    return ingestAll(this, collection, documents, options);
  }

  get(collection: string, id: string, options: { return_vectors?: boolean } = {}): Promise<DocumentResponse> {
    return this.#transport.request("GET", path`/v1/collections/${collection}/documents/${id}`, {
      query: { ...options },
    });
  }

  list(
    collection: string,
    body: ListDocumentsRequest = {},
    options: ListOptions = {},
  ): Promise<ListDocumentsResponse> {
    return this.#transport.request("POST", path`/v1/collections/${collection}/documents/list`, {
      body,
      query: listQuery(options),
    });
  }

  /** Replaces the payload; `vectors` in the data, by feature, replaces those vectors. */
  put(collection: string, id: string, data: UpdateData): Promise<DocumentResponse> {
    return this.#transport.request("PUT", path`/v1/collections/${collection}/documents/${id}`, {
      body: data,
    });
  }

  /** Changes the fields that are given. */
  patch(collection: string, id: string, data: UpdateData): Promise<DocumentResponse> {
    return this.#transport.request("PATCH", path`/v1/collections/${collection}/documents/${id}`, {
      body: data,
    });
  }

  /** Makes one change to every document the filters match, all of them without filters. */
  bulk(collection: string, body: BulkUpdateDocumentsRequest): Promise<BulkUpdateDocumentsResponse> {
    return this.#transport.request("PATCH", path`/v1/collections/${collection}/documents/bulk`, { body });
  }

  /** Changes up to 1,000 documents by their ids, or all that the filters match. */
  batchUpdate(collection: string, body: BatchUpdateDocumentsRequest): Promise<BatchUpdateDocumentsResponse> {
    return this.#transport.request("POST", path`/v1/collections/${collection}/documents/batch`, { body });
  }

  /** Deletes up to 1,000 documents by their ids, or all that the filters match. */
  batchDelete(collection: string, body: BatchDeleteDocumentsRequest): Promise<BatchDeleteDocumentsResponse> {
    return this.#transport.request("DELETE", path`/v1/collections/${collection}/documents/batch`, { body });
  }

  aggregate(collection: string, body: DocumentAggregationRequest): Promise<DocumentAggregationResponse> {
    return this.#transport.request("POST", path`/v1/collections/${collection}/documents/aggregate`, { body });
  }

  async delete(collection: string, id: string): Promise<void> {
    await this.#transport.request("DELETE", path`/v1/collections/${collection}/documents/${id}`);
  }
}
