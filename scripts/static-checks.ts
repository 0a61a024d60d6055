import { spawn } from "node:child_process";

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
}

const CHECKS: readonly { name: string; args: string[] }[] = [
  { name: "types", args: ["node_modules/typescript/bin/tsc", "--noEmit"] },
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
  { name: "format", args: ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."] },
  { name: "generated files", args: ["--conditions=recluster-source", "scripts/generate.ts", "--check"] },
];

/** Types, lint, format and generated files, two at a time; what fails prints what it said. */
export async function staticChecks(): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const queue = [...CHECKS];
  const worker = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) {
      const started = performance.now();
      const { code, output } = await capture(check.args);
      const seconds = (performance.now() - started) / 1000;
      console.log(`${code === 0 ? "✔" : "✖"} ${check.name} (${seconds.toFixed(1)} s)`);
      if (code !== 0) console.log(output);
      results.push({ name: check.name, passed: code === 0, seconds });
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

function capture(args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
