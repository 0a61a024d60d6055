import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { createTestFolder, testDatabaseKind } from "../factories/database.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, type ServerProcess, spawnServer } from "../factories/server-process.ts";

const MAIN = new URL("../../server/src/cli/main.ts", import.meta.url).pathname;

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let temporary: Awaited<ReturnType<typeof createTestFolder>>;
let server: ServerProcess;

before(async () => {
  database = await createServerDatabase(testDatabaseKind);
  temporary = await createTestFolder();
  server = await spawnServer(database.env);
});
after(async () => {
  await server.stop();
  killServers();
  await database.remove();
  await temporary.remove();
});

async function recluster(...args: readonly string[]) {
  return reclusterWith(TEST_KEY, ...args);
}

async function reclusterWith(key: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, ["--conditions=recluster-source", MAIN, ...args], {
    env: { ...process.env, RECLUSTER_URL: server.url, RECLUSTER_API_KEY: key },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, out, error };
}

async function post(path: string, body: object): Promise<any> {
  const answer = await fetch(`${server.url}/v1/${path}`, {
    method: "POST",
    headers: {
      ...{ authorization: `Bearer ${TEST_KEY}`, "x-namespace": "default" },
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

/** Imports documents and runs a cluster of them; answers the run's id. */
async function runOf(name: string): Promise<string> {
  await post("clusters", {
    ...{ cluster_name: name, collection_ids: ["points"] },
    vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2 } },
  });
  const { out } = await recluster("run", name);
  return /run_\w+/.exec(out)![0];
}

describe("commands that cannot do what they are asked say so in the asker's words", () => {
  before(async () => {
    const file = join(temporary.folder, "points.ndjson");
    const rows = Array.from({ length: 40 }, (_, row) => ({
      id: `p${row}`,
      v: [row % 2, 1 - (row % 2), row / 100],
    }));
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
    assert.equal((await recluster("import", file)).code, 0);
  });

  it("diff names the run, not its task, and tells runs of two clusters from missing ones", async () => {
    const missing = await recluster("diff", "run_0000000000000000");
    assert.match(missing.error, /^recluster: The run 'run_0000000000000000' was not found\./);
    const [one, two] = [await runOf("one"), await runOf("two")];
    const foreign = await recluster("diff", one, two);
    assert.match(foreign.error, new RegExp(`^recluster: ${one} and ${two} are runs of two clusters`));
    const first = await recluster("diff", one);
    assert.match(first.error, /is the first that completed of its cluster, so there is none before it/);
  });

  it("placements says that a document has none", async () => {
    await post("clusters", {
      ...{ cluster_name: "placing", collection_ids: ["points"], place_new_documents: true },
      vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2 } },
    });
    const { out } = await recluster("placements", "placing", "--document", "p0");
    assert.match(out, /^New documents are placed once a run has completed\./);
    assert.match(out, /^The document 'p0' has no predicted cluster: /m);
  });

  it("an instant that is none is told by its option", async () => {
    for (const [option, ...args] of [
      ["--at", "why", "trg_1"],
      ["--after", "triggers", "backtest", "trg_1"],
      ["--from", "triggers", "preview", "--cron", "0 2 * * *"],
      ["--expires-at", "keys", "create", "mine"],
    ]) {
      const { code, error } = await recluster(...args, option!, "yesterday");
      assert.equal(code, 1);
      assert.match(
        error,
        new RegExp(`^recluster: ${option} takes an instant .* such as 2026.*, not 'yesterday'\\.$`, "m"),
      );
    }
  });

  it("a wrong key is told by where it came from", async () => {
    const { code, error } = await reclusterWith("sk_wrong", "status");
    assert.equal(code, 1);
    assert.match(error, /^recluster: This API key is not known here\..* RECLUSTER_API_KEY; .* admin-key /m);
  });

  it("report names a file that cannot be written", async () => {
    await runOf("reported");
    const { code, error } = await recluster(
      "report",
      "reported",
      "--out",
      join(temporary.folder, "none", "x.html"),
    );
    assert.equal(code, 1);
    assert.match(error, /^recluster: The report cannot be written: ENOENT.*Name another file with --out\.$/m);
  });

  it("history knows what it was filtered by", async () => {
    const { cluster_id } = await post("clusters", {
      ...{ cluster_name: "triggered", collection_ids: ["points"] },
      vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2 } },
    });
    const { trigger_id } = await post("clusters/triggers", {
      ...{ cluster_id, trigger_type: "interval", schedule_config: { interval_seconds: 86_400 } },
    });
    assert.equal(
      (await recluster("history", trigger_id)).out.trim(),
      `Nothing has run yet. \`recluster why ${trigger_id}\` says why.`,
    );
    assert.match(
      (await recluster("history", trigger_id, "--status", "failed")).out,
      /^No execution of this trigger is failed\.$/m,
    );
    const { code, error } = await recluster("history", trigger_id, "--status", "done");
    assert.equal(code, 1);
    assert.match(error, /Allowed choices are pending, processing/);
  });
});
