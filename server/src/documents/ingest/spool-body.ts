import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { AppError } from "../../platform/app-error.ts";
import { newUuid } from "../../platform/ids.ts";
import { bytesOf, type BytesAt } from "../formats/bytes-at.ts";

/** A body of Parquet, or an Arrow file, waits on disk until its end, where its index is, has come. */
export const MAX_SPOOLED_BYTES = 8 * 1024 * 1024 * 1024;

/**
 * Writes a body to a file under the storage folder, for formats that are not read from the beginning, and hands it to
 * `use`. The file has no name from the moment it is open, so it goes with the process, however that ends.
 * Throws `body_too_large` above `maxBytes`.
 */
export async function withSpooled<T>(
  storageFolder: string,
  source: AsyncIterable<Uint8Array>,
  use: (bytes: BytesAt) => Promise<T>,
  maxBytes = MAX_SPOOLED_BYTES,
): Promise<T> {
  const handle = await openNameless(join(storageFolder, "spool"));
  try {
    let size = 0;
    for await (const chunk of source) {
      if (size + chunk.length > maxBytes) throw tooLarge(maxBytes);
      for (let done = 0; done < chunk.length;) {
        done += (await handle.write(chunk, done, chunk.length - done, size + done)).bytesWritten;
      }
      size += chunk.length;
    }
    return await use(bytesOf(handle, size));
  } finally {
    await handle.close();
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, newUuid());
  const handle = await open(path, "wx+", 0o600);
  await rm(path);
  return handle;
}

function tooLarge(maxBytes: number): AppError {
  return new AppError(
    "body_too_large",
    `A body of Parquet or an Arrow file takes up to ${maxBytes} bytes. Nothing was stored. Send several files, or an Arrow IPC stream ` +
      "(Content-Type application/vnd.apache.arrow.stream), which has no limit; 'recluster import' does that.",
    { details: { max_bytes: maxBytes } },
  );
}
