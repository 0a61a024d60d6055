import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import type { ClusterMetadata } from "#contract/clusters.ts";
import type { ClusterExecutionResult, ExecutionData } from "#contract/executions.ts";
import { readDigits } from "../../server/src/cli/demo/demo-data.ts";
import { createWorker, type Worker } from "../../server/src/runs/worker.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createTenant, type TestTenant } from "../factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../factories/whole-app.ts";

/** With pyarrow and duckdb; the suite needs no Python, so without it these tests are skipped by name. */
const python = process.env.RECLUSTER_TEST_PYTHON;
const skip = python === undefined && "RECLUSTER_TEST_PYTHON names no interpreter with pyarrow and duckdb";
const script = new URL("./read-artifacts.py", import.meta.url).pathname;
const DIGITS = 500;

interface Read {
  readonly rows: Record<string, unknown>[];
  readonly types: Record<string, string>;
}

describe("artifacts in Python", { skip }, () => {
  let database: TestDatabase;
  let whole: WholeApp;
  let tenant: TestTenant;
  let worker: Worker;
  let folder: string;
  let data: ExecutionData;

  before(async () => {
    database = await createTestDatabase();
    whole = await createWholeApp(database.db);
    tenant = await createTenant(database.db);
    worker = createWorker(whole.rooms.runs);
    const documents = (await readDigits()).slice(0, DIGITS);
    const features = [{ name: "pixels", dimensions: 784 }];
    await call("POST", "/v1/collections", { collection_name: "digits", features });
    await call("POST", "/v1/collections/digits/documents/ingest", { documents });
    // Its noise has neither cluster nor distance: what is missing must be read as missing.
    const { cluster_id } = await call<ClusterMetadata>("POST", "/v1/clusters", {
      collection_ids: ["digits"],
      vector_config: {
        clustering_method: "hdbscan",
        hdbscan_parameters: { min_cluster_size: 10 },
        reduce: { method: "umap", dims: 5 },
        coordinates: { method: "pca", dims: 2 },
      },
    });
    await call("POST", `/v1/clusters/${cluster_id}/execute`);
    await worker.runOnce();
    const { run_id, status } = await call<ClusterExecutionResult>(
      "GET",
      `/v1/clusters/${cluster_id}/executions`,
    );
    assert.equal(status, "completed");
    const url = `/v1/clusters/${cluster_id}/executions/${run_id}/artifacts?include_members=true&limit=10000`;
    data = await call<ExecutionData>("GET", url);
    const { artifact_path } = await database.db.sql
      .selectFrom("executions")
      .select("artifact_path")
      .where("run_id", "=", run_id)
      .executeTakeFirstOrThrow();
    folder = join(whole.rooms.runs.storageFolder, artifact_path!);
  });
  after(async () => {
    await worker.stop();
    await whole.close();
    await database.close();
  });

  async function call<T>(method: "GET" | "POST", url: string, payload?: object): Promise<T> {
    const answer = await whole.app.inject({
      ...{ method, url, headers: tenant.headers },
      ...(payload ? { payload } : {}),
    });
    assert.ok(answer.statusCode < 300, `${method} ${url} answered ${answer.statusCode}: ${answer.body}`);
    return answer.json<T>();
  }

  async function read(file: string): Promise<Record<"pyarrow" | "duckdb", Read>> {
    const { stdout } = await promisify(execFile)(python!, [script, join(folder, file)], {
      maxBuffer: 2 ** 28,
    });
    return JSON.parse(stdout) as Record<"pyarrow" | "duckdb", Read>;
  }

  it("pyarrow and DuckDB read the members that the API answers with", async () => {
    const { pyarrow, duckdb } = await read("members.parquet");
    assert.deepEqual(pyarrow.rows, data.members);
    assert.deepEqual(duckdb.rows, data.members);
    assert.ok(data.members!.some((member) => member.cluster_id === null && member.distance === null));
    assert.ok(data.members!.every((member) => member.coordinates?.length === 2));
    const { distance, document_id, coordinates } = pyarrow.types;
    assert.deepEqual(
      [document_id, distance, coordinates],
      ["string", "float", "list<element: float not null>"],
    );
    assert.deepEqual(
      [duckdb.types.document_id, duckdb.types.distance, duckdb.types.coordinates],
      ["VARCHAR", "FLOAT", "FLOAT[]"],
    );
  });

  it("pyarrow and DuckDB read the centroids that the API answers with", async () => {
    const wanted = data.centroids!.map(({ cluster_id, num_members, label, vector }) => ({
      ...{ cluster_id, num_members, label, vector },
    }));
    for (const { rows } of Object.values(await read("centroids.parquet"))) {
      const read = rows.map(({ cluster_id, num_members, label, vector }) => ({
        ...{ cluster_id, num_members, label, vector },
      }));
      assert.deepEqual(read, wanted);
    }
  });
});
