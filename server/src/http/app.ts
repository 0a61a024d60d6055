import fastify from "fastify";

import type { Database } from "../db/database.ts";
import { AppError, ValidationFailed } from "../platform/app-error.ts";
import { newId } from "../platform/ids.ts";
import type { Logger } from "../platform/logger.ts";
import { KnownCallers } from "../tenancy/known-callers.ts";
import { authenticate } from "./authenticate.ts";
import { errorBody, handleError } from "./error-handler.ts";
import { registerOpenApi } from "./openapi.ts";
import type { App } from "./route.ts";
import { validatorCompiler } from "./validation.ts";

/** Bodies of ordinary routes; the routes that take documents allow more. */
const BODY_LIMIT = 1024 * 1024;

export interface AppOptions {
  readonly db: Database;
  readonly logger: Logger;
  /** Registers the routes of every room; main.ts lists them. */
  readonly routes: (app: App) => void;
}

/** The HTTP application, ready for `listen` or `inject`. */
export async function createApp({ db, logger, routes }: AppOptions): Promise<App> {
  const app: App = fastify({
    loggerInstance: logger,
    disableRequestLogging: true,
    bodyLimit: BODY_LIMIT,
    genReqId: () => newId("req"),
    requestIdHeader: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    forceCloseConnections: "idle",
    return503OnClosing: false,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => {
    const error = new AppError(
      "route_not_found",
      `There is no route ${request.method} ${request.url.split("?")[0]}. GET /openapi.json lists them.`,
    );
    void reply.status(404).send(errorBody(error));
  });
  parseJsonBodies(app);
  app.decorateRequest("caller");
  app.decorateRequest("namespace");
  const callers = new KnownCallers(db);
  app.addHook("onRequest", (request) => authenticate(callers, request));
  app.addHook("onClose", () => callers.close());
  app.addHook("preValidation", (request, _reply, done) => {
    if (request.body === undefined && request.routeOptions.config.bodyOptional) request.body = {};
    done();
  });
  await registerOpenApi(app);
  routes(app);
  await app.ready();
  return app;
}

/** JSON that does not parse is a fault of the body like any other; an empty body is no body. */
function parseJsonBodies(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    // Fastify's own parser refuses "__proto__" keys and reads the rest.
    void parse(request, body as string, (error, value) => {
      if (error)
        done(
          new ValidationFailed([
            { loc: ["body"], msg: `The body is not valid JSON: ${error.message}`, type: "json_invalid" },
          ]),
        );
      else done(null, value);
    });
  });
}
