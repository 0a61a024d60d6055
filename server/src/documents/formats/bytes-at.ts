import { open, type FileHandle } from "node:fs/promises";

import { Unreadable } from "./unreadable.ts";

/** Bytes that can be read anywhere, such as a file's. */
export interface BytesAt {
  readonly size: number;
  /** Of the open file, for a thread that reads it too. */
  readonly fd: number;
  /** Exactly `length` bytes in memory of their own; throws Unreadable where the end comes first. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same into memory that is there, from its beginning until it is full. */
  readInto(target: Uint8Array, offset: number): Promise<void>;
}

export interface OpenFile extends BytesAt {
  close(): Promise<void>;
}

export async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path);
  const { size } = await handle.stat();
  return { ...bytesOf(handle, size), close: () => handle.close() };
}

export function bytesOf(handle: FileHandle, size: number): BytesAt {
  const readInto = async (target: Uint8Array, offset: number) => {
    assertWithin(size, offset, target.length);
    for (let done = 0; done < target.length;) {
      const { bytesRead } = await handle.read(target, done, target.length - done, offset + done);
      if (bytesRead === 0) throw new Unreadable(`It became shorter while it was read, at byte ${offset}.`);
      done += bytesRead;
    }
  };
  return {
    size,
    fd: handle.fd,
    readInto,
    read: async (offset, length) => {
      assertWithin(size, offset, length);
      const bytes = new Uint8Array(length);
      await readInto(bytes, offset);
      return bytes;
    },
  };
}

function assertWithin(size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new Unreadable(
    `Bytes ${offset} to ${offset + length} are needed and there are ${size}: it is cut off or its index is broken.`,
  );
}
