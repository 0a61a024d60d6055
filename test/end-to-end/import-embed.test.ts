import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { Api } from "../factories/api.ts";
import { createTestFolder } from "../factories/database.ts";
import { endpointVector, startEmbeddingEndpoint } from "../factories/embedding-endpoint.ts";
import { createServerDatabase, type ServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, type ServerProcess, spawnServer } from "../factories/server-process.ts";
import { writeTextModel } from "../factories/text-model.ts";

const MAIN = new URL("../../server/src/cli/main.ts", import.meta.url).pathname;

let database: ServerDatabase;
let server: ServerProcess;
let api: Api;
let temporary: Awaited<ReturnType<typeof createTestFolder>>;
before(async () => {
  database = await createServerDatabase();
  temporary = await createTestFolder();
  server = await spawnServer(database.env);
  api = new Api(server.url, TEST_KEY);
});
after(async () => {
  await server.stop();
  killServers();
  await database.remove();
  await temporary.remove();
});

/** `recluster import …` as its own process. */
async function importTexts(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["--conditions=recluster-source", MAIN, "import", ...args], {
    env: { ...process.env, RECLUSTER_URL: server.url, RECLUSTER_API_KEY: TEST_KEY, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, out, error };
}

async function fileOf(name: string, documents: readonly object[]): Promise<string> {
  const file = join(temporary.folder, name);
  await writeFile(file, documents.map((document) => JSON.stringify(document)).join("\n"));
  return file;
}

const FRUITS = Array.from({ length: 40 }, (_, index) => ({
  document_id: `f${index}`,
  payload: { title: index % 2 ? "red apples" : "green pears", text: `a ${"boat ".repeat(index % 5)}` },
}));

describe("recluster import of texts", () => {
  it("embeds by a model folder, tells what it did, and changes nothing the second time", async () => {
    const model = await writeTextModel(join(temporary.folder, "tiny-model"), { maxTokens: 8 });
    const file = await fileOf("fruits.ndjson", FRUITS);
    const first = await importTexts([file, "--embed", model]);
    assert.equal(first.code, 0, first.error);
    assert.match(first.out, /fruits: 40 new, 0 updated/);
    assert.match(first.out, /40 texts embedded as 'text' by tiny-model, 6 dimensions, [\d.,]+\/s/);
    assert.match(first.out, /16 texts were cut at 8 tokens/);
    const { features } = await api.call("GET", "/v1/collections/fruits");
    assert.deepEqual(
      features.map((each: any) => [each.name, each.dimensions]),
      [["text", 6]],
    );
    const stored = async (id: string) =>
      await api.call("GET", `/v1/collections/fruits/documents/${id}?return_vectors=true`);
    const [f1, f11, f2] = await Promise.all(["f1", "f11", "f2"].map(stored));
    assert.deepEqual(vectorIn(f1), vectorIn(f11), "one text, one vector");
    assert.notDeepEqual(vectorIn(f1), vectorIn(f2));
    assert.ok(Math.abs(Math.hypot(...vectorIn(f1)) - 1) < 1e-6);

    const again = await importTexts([file, "--embed", model, "--json"]);
    const answer = JSON.parse(again.out);
    assert.deepEqual(
      [answer.ingested, answer.unchanged, answer.embedding.embedded, answer.embedding.cut],
      [0, 40, 40, 16],
    );

    const other = await writeTextModel(join(temporary.folder, "no-model"), { output: "logits" });
    const wrong = await importTexts([file, "--embed", other]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.error, /^recluster: --embed: the graph has no output/);
  });

  it("embeds by an endpoint, names documents without text, and fits the collection first", async () => {
    const endpoint = await startEmbeddingEndpoint();
    try {
      const file = await fileOf("notes.ndjson", [...FRUITS, { document_id: "none", payload: { size: 3 } }]);
      const flags = [
        "--embed-url",
        endpoint.url,
        "--embed-model",
        "m",
        "--text-columns",
        "title",
        "--feature",
        "by-title",
      ];
      const env = { RECLUSTER_EMBED_API_KEY: "sk-of-the-endpoint" };
      const first = await importTexts([file, ...flags], env);
      assert.equal(first.code, 1, "a document was left out");
      assert.match(first.out, /40 new.*40 texts embedded as 'by-title' by m at 127\.0\.0\.1/s);
      assert.match(
        first.out,
        /1 document could not be embedded and was left out:\n {2}line 41 \(none\): no text in title/,
      );
      assert.doesNotMatch(first.out + first.error, /sk-of/);
      assert.equal(endpoint.requests[0]!.authorization, "Bearer sk-of-the-endpoint");
      const stored = await api.call("GET", "/v1/collections/notes/documents/f1?return_vectors=true");
      assert.deepEqual(vectorIn(stored), [...endpointVector("red apples")]);

      const skipping = await importTexts([file, ...flags, "--skip-empty", "--json"], env);
      assert.equal(skipping.code, 0, skipping.error);
      assert.equal(JSON.parse(skipping.out).embedding.skipped, 1);

      const sent = endpoint.requests.length;
      const misfit = await importTexts([file, ...flags, "--collection", "fruits"], env);
      assert.match(misfit.error, /fruits has no feature 'by-title' but text \(6\)/);
      assert.equal(endpoint.requests.length, sent + 1, "no text but the first contact's was sent");
    } finally {
      await endpoint.close();
    }
  });
});

/** The vector of a document's answer, wherever its one feature has it. */
function vectorIn(document: any): number[] {
  return Object.values(document.vectors)[0] as number[];
}
