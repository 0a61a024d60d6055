import { AppError } from "../../platform/app-error.ts";
import { openArrowFile } from "../formats/arrow/open-arrow-file.ts";
import { openArrow } from "../formats/arrow/open-arrow.ts";
import type { GivenColumns } from "../formats/columns/map-columns.ts";
import { openNpy } from "../formats/npy/open-npy.ts";
import { openParquet } from "../formats/parquet/open-parquet.ts";
import { Unreadable } from "../formats/unreadable.ts";
import { ingestColumns } from "./ingest-columns.ts";
import { ingestJson } from "./ingest-json.ts";
import { ingestNdjson } from "./ingest-ndjson.ts";
import type { IngestRequest } from "./ingest-request.ts";
import { ingestCsv } from "./ingest-rows.ts";
import { withSpooled } from "./spool-body.ts";

/** A record batch is held in memory while it arrives. */
const MAX_BATCH_BYTES = 512 * 1024 * 1024;

export interface BodyOptions {
  readonly columns: GivenColumns;
  /** Where a body that is read from its end may wait. */
  readonly storageFolder: string;
}

type Ingester = (request: IngestRequest, body: AsyncIterable<Buffer>, options: BodyOptions) => Promise<void>;

const documents =
  (ingest: (request: IngestRequest, body: AsyncIterable<Buffer>) => Promise<void>): Ingester =>
  (request, body, { columns }) => {
    refuseColumns(columns);
    return ingest(request, body);
  };

const arrow: Ingester = async (request, body, { columns }) => {
  const stream = await openArrow(body, MAX_BATCH_BYTES);
  await ingestColumns(request, { columns: stream.columns, batches: () => stream.batches() }, columns);
};

/** How a body of each content type is ingested. */
const INGESTERS: Readonly<Record<string, Ingester>> = {
  "application/json": documents(ingestJson),
  "application/x-ndjson": documents(ingestNdjson),
  "application/ndjson": documents(ingestNdjson),
  "application/jsonl": documents(ingestNdjson),
  "application/vnd.apache.arrow.stream": arrow,
  "application/vnd.apache.arrow.file": (request, body, { columns, storageFolder }) =>
    withSpooled(storageFolder, body, async (bytes) => {
      const file = await openArrowFile(bytes, MAX_BATCH_BYTES);
      await ingestColumns(request, { columns: file.columns, batches: () => file.batches() }, columns);
    }),
  "application/vnd.apache.parquet": (request, body, { columns, storageFolder }) =>
    withSpooled(storageFolder, body, async (bytes) => {
      const parquet = await openParquet(bytes);
      try {
        await ingestColumns(request, parquet, columns);
      } finally {
        await parquet.close();
      }
    }),
  "text/csv": (request, body, { columns }) => ingestCsv(request, body, columns),
  "application/x-npy": async (request, body, { columns }) => {
    const npy = await openNpy(body);
    await ingestColumns(request, { columns: npy.columns, batches: () => npy.batches() }, columns);
  },
};

export const CONTENT_TYPES = Object.keys(INGESTERS);

/**
 * Ingests a body by its content type, one of CONTENT_TYPES. A body that cannot be read is `unreadable_data`, which
 * says what is stored all the same.
 */
export async function ingestBody(
  contentType: string,
  request: IngestRequest,
  body: AsyncIterable<Buffer>,
  options: BodyOptions,
): Promise<void> {
  try {
    await INGESTERS[contentType]!(request, body, options);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    await request.settled();
    const { ingested, updated, unchanged } = request.durable;
    const stored = ingested + updated + unchanged;
    throw new AppError(
      "unreadable_data",
      `The body (${contentType}) cannot be read: ${error.message.replace(/[^.]$/, "$&.")} ` +
        (stored === 0
          ? "Nothing was stored."
          : `The ${stored} documents before are stored and stay; equal ones that are sent again count as unchanged.`),
      { cause: error, details: { durable: request.durable } },
    );
  }
}

function refuseColumns({ id, vectors, payload }: GivenColumns): void {
  if (id === undefined && vectors === undefined && payload === undefined) return;
  throw new AppError(
    "invalid_value",
    "id_column, vector_column and payload_column are for bodies with columns (Arrow, Parquet, CSV, npy); documents in JSON say by themselves what is what. Leave them out.",
    { details: { field: "query" } },
  );
}
