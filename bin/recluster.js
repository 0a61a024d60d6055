#!/usr/bin/env node
// Recluster runs on Node 24. On a host with an older Node it uses the runtime that comes with it as a dependency
// (the npm package "node"), so this file keeps to what Node 20 understands.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/server/src/cli/main.js", import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= 24) {
  await import(main.href);
} else {
  const runtime = findRuntime();
  const child = spawn(runtime, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exitCode = code ?? 1;
    }
  });
}

function findRuntime() {
  try {
    return createRequire(import.meta.url).resolve("node/bin/node");
  } catch {
    console.error(
      `Recluster needs Node 24 or newer; this is Node ${process.versions.node}, and the runtime it would bring along ` +
        "was not installed. Install Node 24, or allow the install script of the package 'node' and install again.",
    );
    process.exit(1);
  }
}
