/** `npm run generate`: writes docs/openapi.json from the routes; with --check says whether it is current. */
import { readFileSync, writeFileSync } from "node:fs";

import { format } from "prettier";

import { Wakes } from "../server/src/db/wakes.ts";
import { createApp } from "../server/src/http/app.ts";
import { silentLogger } from "../server/src/platform/logger.ts";
import { registerRoutes } from "../server/src/register-routes.ts";

const FILE = "docs/openapi.json";

// Declaring a route reads hardly anything from its dependencies; only answering does.
const deps = { db: { wakes: new Wakes() }, checks: {} } as never;
const rooms = { health: deps, tenancy: deps, documents: deps, runs: deps, triggers: deps, enrichment: deps };
const app = await createApp({
  db: (deps as { db: never }).db,
  logger: silentLogger,
  routes: (to) => registerRoutes(to, rooms),
});
const text = await format(JSON.stringify(app.swagger()), { parser: "json", printWidth: 110 });

if (process.argv.includes("--check")) {
  const current = readFileSync(FILE, "utf8");
  if (current !== text) {
    console.error(`${FILE} is not what the routes say. Run 'npm run generate' and commit it.`);
    process.exit(1);
  }
} else {
  writeFileSync(FILE, text);
  console.log(`${FILE} written`);
}
process.exit(0);
