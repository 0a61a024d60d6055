import swagger from "@fastify/swagger";
import reference from "@scalar/fastify-api-reference";
import type { TSchema } from "typebox";

import type { App } from "./route.ts";

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
      if (!route.config?.namespace) return { schema, url };
      // Read by the authentication hook, not by a route's own schema.
      const header: TSchema = {
        type: "object",
        properties: { "X-Namespace": { type: "string", description: "Id or name of the namespace" } },
      };
      return { schema: { ...schema, headers: header }, url };
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
