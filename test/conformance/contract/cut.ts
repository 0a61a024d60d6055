/**
 * Makes hosted.json and seed-history.json from the full documents: `node cut.ts FOLDER`, where FOLDER holds the two
 * contract files and the seed. Run it when the contract's files change or a route is added to ROUTES.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface OpenApi {
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, unknown> };
}

const ROUTES = [
  /^\/v1\/health/,
  /^\/v1\/namespaces/,
  /^\/v1\/organizations\/users/,
  /^\/v1\/collections(\/list|\/\{collection_identifier\})?$/,
  /^\/v1\/collections\/\{collection_identifier\}\/documents(\/list|\/bulk|\/batch|\/aggregate|\/\{document_id\})?$/,
  /^\/v1\/clusters(\/list|\/enrich|\/\{cluster_id\}|\/\{cluster_identifier\}|\/\{cluster_id\}\/execute)?$/,
  /^\/v1\/clusters\/\{cluster_id\}\/executions/,
  /^\/v1\/clusters\/triggers/,
  /^\/v1\/triggers/,
  /^\/v1\/tasks/,
];

const folder = process.argv[2];
if (folder === undefined) throw new Error("Name the folder of the full documents.");
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as OpenApi;
const parts = [
  read("clusters-triggers-executions-tasks-webhooks-keys-documents.json"),
  read("namespaces-collections.json"),
];

const paths: OpenApi["paths"] = {};
const schemas: Record<string, unknown> = {};
for (const part of parts) {
  for (const [path, methods] of Object.entries(part.paths)) {
    if (ROUTES.some((route) => route.test(path))) paths[path] = methods;
  }
}
const wanted = [...references(paths)];
for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
  if (name in schemas) continue;
  const schema = parts.map((part) => part.components.schemas[name]).find((found) => found !== undefined);
  schemas[name] = schema;
  wanted.push(...references(schema));
}
const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b)));
writeFileSync(
  new URL("./hosted.json", import.meta.url),
  `${JSON.stringify({ paths, components: { schemas: sorted } })}\n`,
);
console.log(`${Object.keys(paths).length} paths, ${Object.keys(sorted).length} schemas`);

function references(value: unknown): Set<string> {
  return new Set(
    [...JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!),
  );
}
