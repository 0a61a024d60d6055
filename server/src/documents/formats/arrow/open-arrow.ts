import { RecordBatchReader, type RecordBatch } from "apache-arrow";

import { ByteReader } from "../byte-reader.ts";
import type { SourceColumn } from "../source.ts";
import { Unreadable } from "../unreadable.ts";
import { assertNamesDiffer, columnOf } from "./column-of.ts";
import { splitMessages, type ArrowMessage } from "./split-messages.ts";

export interface ArrowStream {
  readonly columns: readonly SourceColumn[];
  /** Each batch once it has arrived; its columns are views of the memory it arrived in. `from`: the first row wanted. */
  batches(from?: number): AsyncGenerator<RecordBatch>;
}

/**
 * An Arrow IPC stream that arrives. Resolves when its schema has; throws Unreadable, here or later, for what
 * is broken, cut off or compressed.
 */
export async function openArrow(source: AsyncIterable<Uint8Array>, maxBody: number): Promise<ArrowStream> {
  const reader = new ByteReader(source);
  const messages = splitMessages(reader, maxBody);
  const first = (await messages.next()).value as ArrowMessage | undefined;
  if (first?.kind !== "schema") throw new Unreadable("It is no Arrow IPC stream: it has no schema.");
  const schema = decode(() => RecordBatchReader.from([first.bytes]).open().schema, "Its schema");
  const columns = schema.fields.map(columnOf);
  assertNamesDiffer(columns);
  return {
    columns,
    async *batches(from = 0) {
      try {
        yield* readBatches(first, messages, from);
      } finally {
        await messages.return(undefined);
        await reader.close();
      }
    },
  };
}

async function* readBatches(
  schema: ArrowMessage,
  messages: AsyncGenerator<ArrowMessage>,
  from: number,
): AsyncGenerator<RecordBatch> {
  let dictionaries: ArrowMessage[] = [];
  let before = 0;
  let number = 0;
  for await (const message of messages) {
    if (message.kind === "schema") throw new Unreadable("It has a second schema.");
    if (message.dictionary) {
      const { id, isDelta } = message.dictionary;
      if (!isDelta) dictionaries = dictionaries.filter((other) => other.dictionary?.id !== id);
      dictionaries.push(message);
      continue;
    }
    number += 1;
    const skip = Math.max(0, from - before);
    before += message.rows;
    if (skip > 0 && skip >= message.rows) continue;
    // Decoding makes views only, so that dictionaries are decoded again for each batch costs nothing.
    const parts = [schema, ...dictionaries, message].map(({ bytes }) => bytes);
    const batch = decode(
      () => RecordBatchReader.from(parts).next().value as RecordBatch,
      `Record batch ${number}`,
    );
    yield skip > 0 ? batch.slice(skip) : batch;
  }
}

function decode<T>(work: () => T, what: string): T {
  try {
    return work();
  } catch (error) {
    throw new Unreadable(`${what} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
