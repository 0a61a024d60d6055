/**
 * The child process of one case: `serve-ours.ts NAME FOLDER`. Answers a line of JSON for each line it reads: "run" runs
 * the case, "finish" says the peak memory of the runs, then computes quality and the floor, which no longer count.
 */
import { createInterface } from "node:readline";

import { caseNamed, findCases } from "./find-cases.ts";
import type { Quality } from "./kernel-case.ts";
import { productFloor } from "./product-floor.ts";
import { readArrays } from "./shared-arrays.ts";

const [name, folder] = process.argv.slice(2);
const kernel = caseNamed(await findCases(), name);
const arrays = readArrays(folder!);
let quality: () => Quality | Promise<Quality> = () => ({});

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "run") {
    const started = performance.now();
    quality = await kernel.ours(arrays);
    answer({ seconds: (performance.now() - started) / 1000 });
  } else {
    const peakMb = process.resourceUsage().maxRSS / 1024;
    const floor = kernel.products ? await productFloor(kernel.products(arrays)) : null;
    answer({ quality: await quality(), peakMb, versions: `node ${process.version}`, floor });
    break;
  }
}

function answer(value: unknown): void {
  console.log(JSON.stringify(value));
}
