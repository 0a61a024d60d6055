import swagger from "@fastify/swagger";
import reference from "@scalar/fastify-api-reference";
import type { TSchema } from "typebox";

import { ENCODINGS } from "./content-encoding.ts";
import type { App } from "./route.ts";

const NAMESPACE = { type: "string", description: "Id or name of the namespace" };
const KEY = {
  type: "string",
  minLength: 1,
  maxLength: 255,
  description:
    "Makes the request safe to send again: for 24 hours the same request with the same key gets the first answer (with the header Idempotent-Replayed), another body 409",
};
const ENCODING = { type: "string", enum: [...ENCODINGS], description: "How the body is compressed" };

/** Collects every route's schema for `/openapi.json` and serves the interactive reference at `/docs`. */
export async function registerOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Recluster API",
        description: "Know when your clusters were computed, why, and what changed.",
        version: "0.1.0",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          apiKey: { type: "http", scheme: "bearer", description: "Authorization: Bearer sk_…" },
        },
      },
    },
    refResolver: { buildLocalReference: (schema) => schema.$id as string },
    transform: ({ schema, url, route }) => {
      // Read by hooks and wrappers, not by a route's own schema.
      const properties = {
        ...(route.config?.namespace ? { "X-Namespace": NAMESPACE } : {}),
        ...(route.config?.takesKey ? { "Idempotency-Key": KEY } : {}),
        ...(route.config?.readsEncodings ? { "Content-Encoding": ENCODING } : {}),
      };
      if (Object.keys(properties).length === 0) return { schema, url };
      const headers: TSchema = { type: "object", properties };
      return { schema: { ...schema, headers }, url };
    },
  });
  app.route({
    method: "GET",
    url: "/openapi.json",
    config: { permission: "public" },
    schema: { hide: true },
    handler: () => app.swagger(),
  });
  await app.register(reference, {
    routePrefix: "/docs",
    configuration: {
      url: "/openapi.json",
      title: "Recluster API",
      // Nothing here may ask another host: no telemetry, no fonts, no assistants.
      telemetry: false,
      withDefaultFonts: false,
      showDeveloperTools: "never",
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
      authentication: { preferredSecurityScheme: "apiKey" },
    },
  });
}
