import { globSync, readFileSync } from "node:fs";

const ignored = (file: string) => file.includes("node_modules") || file.startsWith("dist/");

/** Tests beside their source: fast, one file one idea. */
export function unitTests(): string[] {
  return globSync([
    "contract/**/*.test.ts",
    "kernels/**/*.test.ts",
    "server/**/*.test.ts",
    "client/**/*.test.ts",
    "scripts/**/*.test.ts",
  ])
    .filter((file) => !ignored(file))
    .sort();
}

/** Whole processes: conformance, crashes, several servers, the packed product, the documentation. */
export function wholeTests(): string[] {
  return globSync(["test/**/*.test.ts", "bench/**/*.test.ts"])
    .filter((file) => !ignored(file))
    .sort();
}

/** Those that measure memory, answering times or how much fires in time, or need both cores: nothing runs beside them. */
export function runsAlone(file: string): boolean {
  return /^test\/(crash\/(chaos|two-servers)|hostile-bodies)/.test(file);
}

/** Those that wait for most of their time, for leases to end and seconds to pass: one of them runs beside what computes. */
export function waits(file: string): boolean {
  return /^test\/crash\/frozen-worker/.test(file);
}

/** Unit tests that take four seconds of processor time and more: two thirds of the time of all unit tests. */
const LONG = new Set([
  "kernels/src/agglomerative/agglomerative.test.ts",
  "kernels/src/drift/cluster-share-drift.test.ts",
  "kernels/src/drift/embedding-drift.test.ts",
  "kernels/src/drift/mmd-drift.test.ts",
  "kernels/src/mixture/gaussian-mixture.test.ts",
  "kernels/src/quality/cosine-silhouettes.test.ts",
  "kernels/src/umap/umap.test.ts",
  "kernels/test/density-parity.test.ts",
  "kernels/test/drift-on-texts.test.ts",
  "kernels/test/drift-parity.test.ts",
  "kernels/test/mixture-parity.test.ts",
  "kernels/test/seeding-parity.test.ts",
  "kernels/test/umap-parity.test.ts",
  "server/src/clusters/enrichment/enrichment.test.ts",
  "server/src/clusters/freshness/freshness.test.ts",
  "server/src/db/folder-lock.test.ts",
  "server/src/db/open-database.test.ts",
  "server/src/db/pglite-statements.test.ts",
  "server/src/db/pglite-upkeep.test.ts",
  "server/src/documents/changes/changes.test.ts",
  "server/src/documents/documents-model.test.ts",
  "server/src/documents/formats/broken-bytes.test.ts",
  "server/src/documents/ingest/ingest-formats.test.ts",
  "server/src/documents/ingest/ingest-over-http.test.ts",
  "server/src/documents/ingest/ingest-packed.test.ts",
  "server/src/documents/ingest/ingest.test.ts",
  "server/src/documents/listing/listing.test.ts",
  "server/src/documents/sampling/sampling.test.ts",
  "server/src/documents/snapshots/read-snapshot.test.ts",
  "server/src/documents/snapshots/several-features.test.ts",
  "server/src/documents/snapshots/snapshot.test.ts",
  "server/src/documents/upkeep/collect-garbage.test.ts",
  "server/src/http/section-1.test.ts",
  "server/src/runs/changes/changes.test.ts",
  "server/src/runs/run-attempt.test.ts",
  "server/src/runs/snapshots/features.test.ts",
  "server/src/runs/snapshots/snapshots.test.ts",
  "server/src/runs/worker.test.ts",
  "server/src/tenancy/quotas/quotas.test.ts",
  "server/src/triggers/backtest/backtest.test.ts",
  "server/src/triggers/backtest/routes.test.ts",
  "server/src/triggers/conditions/checker.test.ts",
  "server/src/triggers/measurements/measurements.test.ts",
  "server/src/triggers/routes.test.ts",
]);

/** `npm run check` leaves them to CI where nothing in their own folder has changed. */
export function takesLong(file: string): boolean {
  return LONG.has(file);
}

/** What they compute does not depend on the database, and takes both cores; they use one as everything does. */
const COMPUTING = /^test\/(algorithms|labels|identity)\/|^test\/conditions\/digits/;

/** Those whose outcome depends on the database, which run once on each. */
export function databaseTests(files: readonly string[]): string[] {
  return files.filter(
    (file) => !COMPUTING.test(file) && /factories\/(database|server|tenant)/.test(readFileSync(file, "utf8")),
  );
}
