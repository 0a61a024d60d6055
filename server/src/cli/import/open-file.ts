import { createReadStream, type ReadStream } from "node:fs";
import { basename } from "node:path";

import { isArrowFile, openArrowFile } from "../../documents/formats/arrow/open-arrow-file.ts";
import { openArrow, type ArrowStream } from "../../documents/formats/arrow/open-arrow.ts";
import { openFile as openBytes } from "../../documents/formats/bytes-at.ts";
import { openParquet } from "../../documents/formats/parquet/open-parquet.ts";
import { CommandError } from "../explain-failure.ts";
import { assertFile } from "./assert-file.ts";
import { formatOf } from "./file-format.ts";
import { fileIdentity } from "./file-identity.ts";
import { givenColumns, namesColumns, type ImportFlags } from "./import-options.ts";
import type { BatchImport, ImportSource } from "./import-source.ts";
import { openCsvFile } from "./open-csv.ts";
import { openJson, openNdjson } from "./open-json.ts";
import { openNpyFile } from "./open-npy-file.ts";

/** A record batch of a file is held in memory. */
const MAX_BATCH_BYTES = 2 * 1024 * 1024 * 1024;

/** A file of any format. Throws CommandError or Unreadable for what cannot be read. */
export async function openSourceFile(path: string, flags: ImportFlags): Promise<ImportSource> {
  await assertFile(path);
  const bytes = await openBytes(path);
  let isOpen = false;
  try {
    const format = await formatOf(path, bytes, flags.format);
    if (format !== "npy" && (flags.ids !== undefined || flags.payloads !== undefined)) {
      throw new CommandError(
        `--ids and --payloads stand beside a .npy file; ${path} has columns of its own.`,
      );
    }
    for (const beside of [flags.ids, flags.payloads]) if (beside !== undefined) await assertFile(beside);
    const identity = await fileIdentity(bytes);
    const file = { path, size: bytes.size, identity, asColumns: namesColumns(givenColumns(flags)) };
    switch (format) {
      case "npy":
        return await openNpyFile({ path, identity, ids: flags.ids, payloads: flags.payloads });
      case "csv":
        return await openCsvFile(file);
      case "ndjson":
        return await openNdjson(file);
      case "json":
        return await openJson(file);
      case "arrow": {
        if (!(await isArrowFile(bytes))) return await openStream(file);
        let furthest = 0;
        const readInto = (target: Uint8Array, offset: number) => {
          furthest = offset + target.length;
          return bytes.readInto(target, offset);
        };
        const arrow = await openArrowFile({ ...bytes, readInto }, MAX_BATCH_BYTES);
        isOpen = true;
        return {
          kind: "batches",
          label: basename(path),
          identity,
          measure: { total: bytes.size, unit: "bytes" },
          columns: arrow.columns,
          batches: (_, from) => arrow.batches(from),
          bytesRead: () => furthest,
          close: () => bytes.close(),
        };
      }
      case "parquet":
        break;
    }
    const parquet = await openParquet(bytes);
    isOpen = true;
    return {
      kind: "batches",
      label: basename(path),
      identity,
      measure: { total: parquet.rows, unit: "rows" },
      columns: parquet.columns,
      batches: (columns, from) => parquet.batches({ columns, from }),
      close: async () => {
        await parquet.close();
        await bytes.close();
      },
    };
  } finally {
    if (!isOpen) await bytes.close();
  }
}

async function openStream(file: { path: string; size: number; identity: string }): Promise<BatchImport> {
  let stream: ReadStream | undefined;
  const open = (): Promise<ArrowStream> => {
    stream = createReadStream(file.path, { highWaterMark: 1024 * 1024 });
    return openArrow(stream as AsyncIterable<Buffer>, MAX_BATCH_BYTES);
  };
  const { columns } = await open();
  stream?.destroy();
  return {
    kind: "batches",
    label: basename(file.path),
    identity: file.identity,
    measure: { total: file.size, unit: "bytes" },
    columns,
    async *batches(_columns, from) {
      yield* (await open()).batches(from);
    },
    bytesRead: () => Math.min(stream?.bytesRead ?? 0, file.size),
    close: () => Promise.resolve(void stream?.destroy()),
  };
}
