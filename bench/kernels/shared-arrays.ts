import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { BenchArray } from "./kernel-case.ts";

interface Listed {
  readonly file: string;
  readonly type: "float32" | "int32";
  readonly rows: number;
  readonly cols: number;
}

/** Raw little-endian values, a file an array, and `arrays.json` that lists them: what numpy.fromfile reads too. */
export function writeArrays(folder: string, arrays: Readonly<Record<string, BenchArray>>): void {
  const list: Record<string, Listed> = {};
  for (const [name, { data, rows, cols }] of Object.entries(arrays)) {
    const type = data instanceof Float32Array ? "float32" : "int32";
    const file = `${name}.${type}`;
    writeFileSync(join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    list[name] = { file, type, rows, cols };
  }
  writeFileSync(join(folder, "arrays.json"), JSON.stringify(list));
}

export function readArrays(folder: string): Record<string, BenchArray> {
  const list = JSON.parse(readFileSync(join(folder, "arrays.json"), "utf8")) as Record<string, Listed>;
  return Object.fromEntries(
    Object.entries(list).map(([name, { file, type, rows, cols }]) => {
      const { buffer, byteOffset, byteLength } = readFileSync(join(folder, file));
      const bytes = byteOffset % 4 === 0 ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
      const at = byteOffset % 4 === 0 ? byteOffset : 0;
      const data =
        type === "float32"
          ? new Float32Array(bytes, at, byteLength / 4)
          : new Int32Array(bytes, at, byteLength / 4);
      return [name, { data, rows, cols }];
    }),
  );
}
