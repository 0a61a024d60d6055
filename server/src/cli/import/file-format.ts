import { extname } from "node:path";

import type { BytesAt } from "../../documents/formats/bytes-at.ts";
import { CommandError } from "../explain-failure.ts";

export const FORMATS = ["parquet", "arrow", "npy", "csv", "ndjson", "json"] as const;
export type Format = (typeof FORMATS)[number];

const ENDINGS: Readonly<Record<string, Format>> = {
  ".parquet": "parquet",
  ".pq": "parquet",
  ".arrow": "arrow",
  ".arrows": "arrow",
  ".ipc": "arrow",
  ".feather": "arrow",
  ".npy": "npy",
  ".csv": "csv",
  ".tsv": "csv",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".json": "json",
};

/** What is asked for, else by the name's ending, else by the first bytes; throws CommandError. */
export async function formatOf(path: string, bytes: BytesAt, asked: string | undefined): Promise<Format> {
  if (asked !== undefined) {
    const found = FORMATS.find((format) => format === asked);
    if (found) return found;
    throw new CommandError(`--format '${asked}' is not known; it takes ${FORMATS.join(", ")}.`);
  }
  const found = ENDINGS[extname(path).toLowerCase()] ?? byMagic(await bytes.read(0, Math.min(8, bytes.size)));
  if (found) return found;
  throw new CommandError(
    `${path}: its name does not say what it is. Files of ${Object.keys(ENDINGS).join(", ")} are read; for another name say --format ${FORMATS.join("|")}.`,
  );
}

function byMagic(bytes: Uint8Array): Format | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  if (text.startsWith("PAR1")) return "parquet";
  if (text.startsWith("ARROW1") || text.startsWith("\xff\xff\xff\xff")) return "arrow";
  if (text.startsWith("\x93NUMPY")) return "npy";
  return undefined;
}
