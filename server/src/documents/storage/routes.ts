import { Type } from "typebox";

import { StorageResponse } from "#contract/storage.ts";
import { route, type App } from "../../http/route.ts";
import type { DocumentsDeps } from "../deps.ts";
import { reportStorage } from "./report-storage.ts";

export function registerStorageRoutes(app: App, deps: DocumentsDeps): void {
  route(app, {
    method: "GET",
    url: "/v1/storage",
    permission: "read",
    namespace: true,
    tag: "Collections",
    summary:
      "What the namespace's documents weigh, how their vectors lie on the disk, and what work is pending",
    operationId: "get_storage",
    schema: {
      querystring: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      }),
      response: { 200: StorageResponse },
    },
    handler: (request) => reportStorage(deps, request.namespace.namespaceId, request.query.limit ?? 100),
  });
}
