import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, it } from "node:test";
import { promisify } from "node:util";

import { createTestFolder, testDatabaseKind } from "../factories/database.ts";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
const skip = testDatabaseKind === "pglite" ? false : "the packed product starts on its built-in database";

it("packs, installs in an empty folder and starts there", { skip, timeout: 600_000 }, async (t) => {
  const { folder, remove } = await createTestFolder();
  after(remove);
  // The scripts of npm put this checkout's own runtime first on the path; a user's host has whatever it has.
  const path = (process.env.PATH ?? "")
    .split(":")
    .filter((part) => !part.includes("node_modules"))
    .join(":");
  const env = { ...process.env, PATH: path, ONNXRUNTIME_NODE_INSTALL: "skip", NODE_OPTIONS: "" };
  const npm = (args: string[], cwd: string) => run("npm", args, { cwd, env, maxBuffer: 1 << 26 });

  await run(process.execPath, ["scripts/build.ts", "--noCheck"], { cwd: root, maxBuffer: 1 << 26 });
  await npm(["pack", "--ignore-scripts", "--pack-destination", folder], root);
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball);
  const { stdout: listing } = await run("tar", ["-tzf", join(folder, tarball)]);
  assert.doesNotMatch(
    listing,
    /\.test(-child)?\.js|\/test\/|\.ts\n/,
    "nothing but what is needed is published",
  );

  await npm(["init", "--yes"], folder);
  await npm(["install", "--no-audit", "--no-fund", `./${tarball}`], folder);
  const bin = join(folder, "node_modules", ".bin", "recluster");
  const server = spawn(bin, ["serve"], {
    cwd: folder,
    env: { ...env, RECLUSTER_PORT: "0", RECLUSTER_DATA_DIR: join(folder, "data") },
  });
  let said = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  const read = (chunk: Buffer) => {
    said += chunk.toString();
    const url = /listens on (http:\/\/\S+)/.exec(said)?.[1];
    if (url) resolve(url);
  };
  server.stdout.on("data", read);
  server.stderr.on("data", read);
  server.on("exit", (code) => reject(new Error(`ended with ${code}:\n${said}`)));
  const url = await ready;
  const health = (await (await fetch(`${url}/v1/health`)).json()) as { status: string };
  assert.equal(health.status, "OK");
  assert.equal((await fetch(`${url}/docs/`)).status, 200);
  const { stdout } = await run(bin, ["status"], {
    cwd: folder,
    env: { ...env, RECLUSTER_URL: url, RECLUSTER_DATA_DIR: join(folder, "data") },
  });
  t.diagnostic(stdout);
  assert.match(stdout, /OK/);
  const ended = new Promise((done) => server.once("close", done));
  server.kill("SIGTERM");
  assert.equal(await ended, 0, said);
});
