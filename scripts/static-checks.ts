import { spawn } from "node:child_process";

import type { Outcome, Work } from "./work.ts";

const CHECKS: readonly { name: string; args: string[] }[] = [
  {
    name: "lint",
    args: [
      "node_modules/eslint/bin/eslint.js",
      "--cache",
      "--cache-location",
      "node_modules/.cache/eslint/",
      ".",
    ],
  },
  { name: "types", args: ["node_modules/typescript/bin/tsc", "--noEmit"] },
  {
    name: "format",
    args: [
      "node_modules/prettier/bin/prettier.cjs",
      "--check",
      "--cache",
      "--cache-location",
      "node_modules/.cache/prettier",
      "--cache-strategy",
      "content",
      "--log-level",
      "warn",
      ".",
    ],
  },
  { name: "generated files", args: ["--conditions=recluster-source", "scripts/generate.ts", "--check"] },
];

/** Types, lint, format and generated files, the longest first; what fails prints what it said. */
export function staticChecks(): Work[] {
  return CHECKS.map(({ name, args }) => ({ name, run: () => capture(args) }));
}

function capture(args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve(
        code === 0
          ? { passed: 1, failed: 0, skipped: [], output: "" }
          : { passed: 0, failed: 1, skipped: [], output },
      ),
    );
  });
}
