import { makePgliteImage, makePostgresTemplate } from "../test/factories/migrated-template.ts";
import { startPostgres } from "../test/factories/postgres-server.ts";
import { COMPILE_CACHE, fillCompileCache } from "./compile-cache.ts";
import { runTestFile } from "./run-test-file.ts";
import type { Work } from "./work.ts";

export type DatabaseKind = "PGlite" | "PostgreSQL";

/** What test files run on: migrated, empty databases of both kinds, of which each file takes a copy. */
export interface TestDatabases {
  /** Why there is no PostgreSQL here: its npm package has the common systems only. */
  readonly noPostgres: string | null;
  file(file: string, on: DatabaseKind): Work;
  stop(): Promise<void>;
}

export async function startTestDatabases(): Promise<TestDatabases> {
  fillCompileCache();
  const postgres = await startWithTemplate();
  let image: Promise<string> | undefined;
  const environments = {
    // Made when the first file wants it: it takes as long as two of them.
    PGlite: async () => ({ TEST_DATABASE: "pglite", TEST_PGLITE_IMAGE: await (image ??= makePgliteImage()) }),
    PostgreSQL: () => ({
      TEST_DATABASE: "postgres",
      TEST_POSTGRES_URL: typeof postgres === "string" ? "" : postgres.url,
    }),
  };
  return {
    noPostgres: typeof postgres === "string" ? postgres : null,
    file: (file, on) => ({
      name: `${file} on ${on}`,
      run: async () => runTestFile(file, { ...COMPILE_CACHE, ...(await environments[on]()) }),
    }),
    stop: async () => {
      if (typeof postgres !== "string") await postgres.stop();
    },
  };
}

async function startWithTemplate() {
  try {
    const server = await startPostgres(["fsync=off", "max_connections=200"]);
    await makePostgresTemplate(server.url);
    return server;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
