import { registerLabelRoutes } from "./clusters/labels/routes.ts";
import { registerEnrichmentRoutes } from "./clusters/enrichment/routes.ts";
import { registerPlacementRoutes } from "./clusters/placement/routes.ts";
import { registerClusterRoutes } from "./clusters/routes.ts";
import { registerCollectionRoutes } from "./documents/collections/routes.ts";
import { registerDocumentRoutes } from "./documents/routes.ts";
import { registerStorageRoutes } from "./documents/storage/routes.ts";
import { registerHealthRoutes } from "./http/health/routes.ts";
import type { App } from "./http/route.ts";
import { registerHistoryRoutes } from "./runs/history/routes.ts";
import { registerExecutionRoutes } from "./runs/routes.ts";
import { registerTaskRoutes } from "./runs/tasks/routes.ts";
import { registerKeyRoutes } from "./tenancy/keys/routes.ts";
import { registerNamespaceRoutes } from "./tenancy/namespaces/routes.ts";
import { registerTriggerRoutes } from "./triggers/routes.ts";

/** What every room's routes need, room by room. */
export interface RouteDeps {
  readonly health: Parameters<typeof registerHealthRoutes>[1];
  readonly tenancy: Parameters<typeof registerKeyRoutes>[1];
  readonly documents: Parameters<typeof registerDocumentRoutes>[1];
  readonly runs: Parameters<typeof registerExecutionRoutes>[1];
  readonly triggers: Parameters<typeof registerTriggerRoutes>[1];
  readonly enrichment: Parameters<typeof registerEnrichmentRoutes>[1];
}

/** Every route of the product, by explicit import. */
export function registerRoutes(app: App, deps: RouteDeps): void {
  registerHealthRoutes(app, deps.health);
  registerNamespaceRoutes(app, deps.tenancy);
  registerKeyRoutes(app, deps.tenancy);
  registerCollectionRoutes(app, deps.documents);
  registerDocumentRoutes(app, deps.documents);
  registerStorageRoutes(app, deps.documents);
  registerClusterRoutes(app, deps.runs);
  registerLabelRoutes(app, deps.runs);
  registerEnrichmentRoutes(app, deps.enrichment);
  registerPlacementRoutes(app, deps.runs);
  registerExecutionRoutes(app, deps.runs);
  registerTriggerRoutes(app, deps.triggers);
  registerHistoryRoutes(app, deps.runs);
  registerTaskRoutes(app, deps.runs);
}
