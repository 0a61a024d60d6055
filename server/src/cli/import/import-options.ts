import type { GivenColumns } from "../../documents/formats/columns/map-columns.ts";
import { vectorColumn } from "../../documents/ingest/given-columns.ts";
import { CommandError } from "../explain-failure.ts";
import { wholeNumber } from "../options.ts";

/** The flags as commander gives them. */
export interface ImportFlags {
  readonly collection?: string;
  readonly idColumn?: string;
  readonly vectorColumn?: readonly string[];
  readonly payloadColumns?: string;
  /** False for `--no-payload`. */
  readonly payload?: boolean;
  readonly ids?: string;
  readonly payloads?: string;
  readonly format?: string;
  readonly strict?: boolean;
  readonly batchSize?: string;
  readonly restart?: boolean;
  readonly query?: string;
  readonly follow?: string;
  readonly every?: string;
  readonly json?: boolean;
}

const MOST_A_BATCH = 10_000;

export function givenColumns(flags: ImportFlags): GivenColumns {
  if (flags.payloadColumns !== undefined && flags.payload === false) {
    throw new CommandError("--payload-columns and --no-payload contradict each other; give one of them.");
  }
  return {
    id: flags.idColumn,
    vectors: flags.vectorColumn?.map(vectorColumn),
    payload:
      flags.payload === false
        ? []
        : flags.payloadColumns
            ?.split(",")
            .map((name) => name.trim())
            .filter((name) => name !== ""),
  };
}

/** Whether any column was named. */
export function namesColumns({ id, vectors, payload }: GivenColumns): boolean {
  return id !== undefined || vectors !== undefined || payload !== undefined;
}

export function batchSize(flags: ImportFlags): number | undefined {
  if (flags.batchSize === undefined) return undefined;
  const size = wholeNumber("--batch-size", flags.batchSize);
  if (size >= 1 && size <= MOST_A_BATCH) return size;
  throw new CommandError(`--batch-size takes 1 to ${MOST_A_BATCH} documents a request, not ${size}.`);
}
