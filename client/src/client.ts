import type { HealthCheckResponse, HealthQuery } from "#contract/health.ts";
import { ingestAll, type IngestDocument, type IngestOptions } from "./ingest.ts";
import { keys } from "./keys.ts";
import { namespaces } from "./namespaces.ts";
import { Transport, type ClientOptions } from "./transport.ts";

export { RequestError } from "./request-error.ts";

/** A client of one server, by topic: `client.namespaces.list()`. Every method throws RequestError. */
export function createClient(options: ClientOptions) {
  const transport = new Transport(options);
  return {
    /** For a route that has no method of its own here. */
    request: transport.request.bind(transport),
    health: (query: HealthQuery = {}) =>
      transport.request<HealthCheckResponse>("GET", "/v1/health", { query }),
    namespaces: namespaces(transport),
    keys: keys(transport),
    ingest: (
      collection: string,
      documents: AsyncIterable<IngestDocument> | Iterable<IngestDocument>,
      ingestOptions: IngestOptions = {},
    ) => ingestAll(transport, collection, documents, ingestOptions),
  };
}
export type Client = ReturnType<typeof createClient>;
