import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";

import { runnableExamples } from "./readme-examples.ts";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
const kernels = join(root, "kernels");

/** What a stranger does with the library: installs it in an empty project and copies the examples. */
it("packs the library, whose examples check and print what they say in an empty project", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "recluster-kernels-"));
  try {
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", NODE_OPTIONS: "" };
    const npm = (args: string[], cwd: string) => run("npm", args, { cwd, env, maxBuffer: 1 << 26 });
    await npm(["pack", "--pack-destination", folder], kernels);
    const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"))!;
    const { stdout: listing } = await run("tar", ["-tzf", join(folder, tarball)]);
    assert.match(listing, /package\/LICENSE\n/);
    assert.doesNotMatch(listing, /\.test\.|\/test\/|\/src\//, "nothing but what is needed is published");

    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await npm(["install", "--no-audit", "--no-fund", `./${tarball}`], folder);
    const { source, checks } = runnableExamples(await readFile(join(kernels, "README.md"), "utf8"));
    assert.ok(checks > 40, `the README shows only ${checks} outputs`);
    await writeFile(join(folder, "examples.ts"), source);
    await writeFile(
      join(folder, "check-output.js"),
      await readFile(new URL("check-output.js", import.meta.url)),
    );
    await writeFile(
      join(folder, "check-output.d.ts"),
      "export function check(value: unknown, shown: string): void;",
    );
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const options = ["--strict", "--target", "es2024", "--module", "nodenext", "--skipLibCheck", "false"];
    await run(process.execPath, [tsc, ...options, "examples.ts"], { cwd: folder }).catch((error: unknown) =>
      assert.fail(`the examples do not check: ${(error as { stdout: string }).stdout}`),
    );
    const { stdout } = await run(process.execPath, ["examples.js"], { cwd: folder, env });
    t.diagnostic(stdout.trim());
    assert.match(stdout, new RegExp(`^${checks} outputs as shown`, "m"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
