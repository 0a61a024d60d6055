/** apache-arrow 18 says so of a batch that is compressed, and knows no codec. */
export function isCompression(error: unknown): boolean {
  return error instanceof Error && /compression/i.test(error.message);
}

export const COMPRESSED =
  "Its record batches are compressed (LZ4 or ZSTD), which is not read yet. Write them without: in pyarrow " +
  "ipc.IpcWriteOptions(compression=None), in pandas to_feather(path, compression='uncompressed'), or write Parquet.";
