import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createImportRoom, type ImportRoom } from "../factories/import-room.ts";

const MAIN = new URL("../../server/src/cli/main.ts", import.meta.url).pathname;
const GOLDEN = new URL("golden/", import.meta.url).pathname;

let database: TestDatabase;
let imports: ImportRoom;
before(async () => {
  database = await createTestDatabase();
  imports = await createImportRoom(database);
});
after(async () => {
  await imports.close();
  await database.close();
});

/** `recluster import` as a process of its own. */
function spawnImport(args: readonly string[]) {
  const child = spawn(process.execPath, ["--conditions=recluster-source", MAIN, "import", ...args], {
    env: { ...process.env, ...imports.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += String(chunk)));
  return { child, ended: once(child, "close").then(([code, signal]) => ({ code, signal, said })) };
}

/** Kills the import when the server has committed its `units`-th request. */
async function killAfter(units: number, args: readonly string[], signal: NodeJS.Signals) {
  const { child, ended } = spawnImport(args);
  for (let i = 0; i < units; i++) await imports.room.deps.signals.next("ingest.unit");
  child.kill(signal);
  return ended;
}

const states = () => readdir(join(imports.env.RECLUSTER_DATA_DIR!, "imports")).catch(() => []);
const plain = (all: any[]) => all.map(({ _internal: _, document_blobs: __, ...document }) => document);

for (const file of ["pyarrow.parquet", "quoted.csv"]) {
  test(`${file}: killed in the middle, the same command ends with the identical collection`, async () => {
    const name = file.replaceAll(".", "-");
    await imports.run(join(GOLDEN, file), { collection: `whole-${name}` });
    const args = [join(GOLDEN, file), "--collection", `killed-${name}`, "--batch-size", "4"];
    const killed = await killAfter(3, args, "SIGKILL");
    assert.equal(killed.signal, "SIGKILL", killed.said);
    const half = (await imports.call("GET", `/collections/killed-${name}`)).document_count;
    assert.ok(half >= 12 && half < 60, `${half} documents after the kill`);
    assert.equal((await states()).filter((state) => state.endsWith(".json")).length, 1);
    const { said, code } = await spawnImport(args).ended;
    assert.equal(code, 0, said);
    assert.match(said, /Goes on after row \d+, where this import stopped/);
    assert.deepEqual(
      plain(await imports.contents(`killed-${name}`)),
      plain(await imports.contents(`whole-${name}`)),
    );
    assert.deepEqual(await states(), []);
  });
}

test("Ctrl-C finishes the request in hand and says how to go on", async () => {
  const args = [join(GOLDEN, "float32.npy"), "--collection", "stopped", "--batch-size", "4"];
  const { code, said } = await killAfter(2, args, "SIGINT");
  assert.equal(code, 130, said);
  const [, rows] = /Stopped after row (\d+); the same command goes on there/.exec(said) ?? [];
  assert.equal((await imports.call("GET", "/collections/stopped")).document_count, Number(rows));
  const again = await imports.run(join(GOLDEN, "float32.npy"), { collection: "stopped", batchSize: "4" });
  assert.equal(again.resumedFrom, Number(rows));
  // The totals are those of both runs.
  assert.deepEqual([again.totals.ingested, again.totals.unchanged], [60, 0]);
});

/** Imports `file` until its second request is acknowledged. */
async function half(file: string, flags: { collection: string; restart?: boolean }): Promise<number> {
  const controller = new AbortController();
  void imports.room.deps.signals.next("ingest.unit").then(() => controller.abort());
  const result = await imports.run(file, { ...flags, batchSize: "5" }, controller.signal);
  assert.equal(result.isComplete, false);
  return result.rows;
}

test("a changed file, another collection and --restart begin at the first row", async () => {
  const file = join(imports.folder, "changing.ndjson");
  await cp(join(GOLDEN, "documents.ndjson"), file);
  const flags = { collection: "changing", batchSize: "5" };
  await half(file, flags);
  assert.equal((await imports.run(file, { ...flags, restart: true })).resumedFrom, 0);
  await half(file, flags);
  await appendFile(file, '{"document_id":"last","vectors":{"embedding":[0,0,0,0,0,0,0,1]}}\n');
  assert.equal((await imports.run(file, flags)).resumedFrom, 0);
  assert.match(imports.said.at(-1)!, /changing\.ndjson has changed since this import stopped/);
  await half(file, { collection: "remade" });
  await imports.call("DELETE", "/collections/remade");
  const remade = await imports.run(file, { collection: "remade", batchSize: "5" });
  assert.deepEqual([remade.resumedFrom, remade.totals.ingested], [0, 61]);
});

test("a server that is busy is waited for", async () => {
  let refusals = 2;
  const address = imports.env.RECLUSTER_URL!;
  const busy = (await import("node:http")).createServer((request, response) => {
    if (request.url!.includes("/ingest") && refusals > 0) {
      request.resume().on("end", () => {
        response.writeHead(refusals === 2 ? 429 : 503, {
          "content-type": "application/json",
          "retry-after": "0",
        });
        const error = { message: "Too many requests. Wait.", type: "TooManyRequests", code: "busy" };
        response.end(JSON.stringify({ success: false, status: 429, error }));
        refusals -= 1;
      });
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.fromEntries(
        ["authorization", "x-namespace", "content-type"].flatMap((name) =>
          typeof request.headers[name] === "string" ? [[name, request.headers[name]]] : [],
        ),
      );
      const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
      void fetch(`${address}${request.url}`, { method: request.method!, headers, ...body }).then(
        async (answer) => {
          response.writeHead(answer.status, { "content-type": "application/json" });
          response.end(await answer.text());
        },
      );
    });
  });
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = busy.address() as { port: number };
    imports.env.RECLUSTER_URL = `http://127.0.0.1:${port}`;
    const { totals } = await imports.run(join(GOLDEN, "pandas.parquet"), { collection: "waited" });
    assert.equal(totals.ingested, 60);
    assert.deepEqual(
      imports.said.filter((text) => text.includes("Trying again")),
      ["Too many requests. Trying again in 0 s.", "Too many requests. Trying again in 0 s."],
    );
  } finally {
    imports.env.RECLUSTER_URL = address;
    busy.close();
  }
});
