import fastify, { LogController } from "fastify";

import { ErrorResponse, HttpValidationError } from "#contract/errors.ts";
import { databaseClock, type DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import { AppError } from "../platform/app-error.ts";
import type { Courtesy } from "../platform/courtesy.ts";
import { systemClock } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import type { Logger } from "../platform/logger.ts";
import { KnownCallers } from "../tenancy/known-callers.ts";
import { authenticate } from "./authenticate.ts";
import { answerClientError } from "./client-error.ts";
import { refuseEncodings } from "./content-encoding.ts";
import { errorBody, handleError } from "./error-handler.ts";
import { parseJsonBodies } from "./json-body.ts";
import { lazySerializers } from "./lazy-serializers.ts";
import { registerOpenApi } from "./openapi.ts";
import type { App } from "./route.ts";
import { endStalledBodies } from "./stalled-bodies.ts";
import { validatorCompiler } from "./validation.ts";

/** Bodies of ordinary routes; the routes that take documents allow more. */
const BODY_LIMIT = 1024 * 1024;
const BODY_STALL_MS = 60_000;

export interface AppOptions {
  readonly db: Database;
  readonly logger: Logger;
  /** Registers the routes of every room; main.ts lists them. */
  readonly routes: (app: App) => void;
  /** Decides how long Idempotency-Keys are kept. */
  readonly clock?: DatabaseClock;
  /** A request of whose body nothing more arrives for so long is ended. */
  readonly bodyStallMs?: number;
  /** Is told of every request but those that ingest. */
  readonly courtesy?: Courtesy;
}

/** The HTTP application, ready for `listen` or `inject`. */
export async function createApp(options: AppOptions): Promise<App> {
  const { db, logger, routes, clock = databaseClock, bodyStallMs = BODY_STALL_MS, courtesy } = options;
  const app: App = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    genReqId: () => newId("req"),
    requestIdHeader: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    forceCloseConnections: "idle",
    return503OnClosing: false,
    // What fails before a route is found, such as a path that cannot be decoded.
    frameworkErrors: handleError,
    clientErrorHandler: answerClientError,
    schemaController: { compilersFactory: { buildSerializer: lazySerializers } },
  });
  app.addSchema(ErrorResponse);
  app.addSchema(HttpValidationError);
  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => {
    const error = new AppError(
      "route_not_found",
      `There is no route ${request.method} ${request.url.split("?")[0]}. GET /docs shows them, GET /openapi.json lists them.`,
    );
    void reply.status(404).send(errorBody(error));
  });
  parseJsonBodies(app);
  app.decorateRequest("caller");
  app.decorateRequest("namespace");
  app.decorateRequest("heldKey");
  app.decorateRequest("bodyHash");
  app.decorate("keys", { db, clock, processClock: systemClock, logger });
  const callers = new KnownCallers(db);
  // First of all: who is refused by a later hook may fall silent, too.
  endStalledBodies(app, bodyStallMs);
  app.addHook("onRequest", (request, _reply, done) => {
    if (!request.routeOptions.url?.endsWith("/ingest")) courtesy?.asked();
    done();
  });
  app.addHook("onRequest", (request) => authenticate(callers, request));
  app.addHook("onClose", () => callers.close());
  app.addHook("preValidation", (request, _reply, done) => {
    if (request.body === undefined && request.routeOptions.config.bodyOptional) request.body = {};
    done();
  });
  refuseEncodings(app);
  await registerOpenApi(app);
  routes(app);
  await app.ready();
  return app;
}
