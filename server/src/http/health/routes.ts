import { BeatResponse, HealthCheckResponse, HealthQuery } from "#contract/health.ts";
import { route, type App } from "../route.ts";
import { HealthCheck, type HealthDeps } from "./check-health.ts";

export type { HealthDeps } from "./check-health.ts";

const open = { method: "GET", permission: "public", namespace: false, tag: "Health" } as const;

/**
 * `/v1/health` is 200 while the server can answer requests, degraded or not, and 503 with the same body while the
 * database is away: load balancers look at the status only. Liveness and beat say that the process runs.
 */
export function registerHealthRoutes(app: App, deps: HealthDeps): void {
  const health = new HealthCheck(deps);
  route(app, {
    ...open,
    url: "/v1/health",
    summary: "Whether the server and its parts work",
    operationId: "healthcheck",
    schema: {
      querystring: HealthQuery,
      response: { 200: HealthCheckResponse, 503: HealthCheckResponse },
    },
    handler: async ({ query }, reply) => {
      const { response, latencyMs } = await health.run(query.deep ?? false);
      return reply
        .status(response.data.metadata ? 200 : 503)
        .send({ ...response, meta: query.metrics ? { latency_ms: latencyMs } : null });
    },
  });
  for (const name of ["liveness", "beat"]) {
    route(app, {
      ...open,
      url: `/v1/health/${name}`,
      summary: "Whether the process runs",
      operationId: `health_${name}`,
      schema: { response: { 200: BeatResponse } },
      handler: () => ({ status: "OK" }),
    });
  }
}
