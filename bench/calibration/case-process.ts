/** Measures the cases it is sent, one after the other, and answers with a row for each. */
import type { Case } from "./cases.ts";
import { type Embeddings, readEmbeddings, type Source } from "./embeddings.ts";
import { measureCase } from "./measure-case.ts";

const read = new Map<Source, Promise<Embeddings>>();

process.on("message", (one: Case) => {
  void measure(one);
});

async function measure(one: Case): Promise<void> {
  let embeddings = read.get(one.source);
  if (embeddings === undefined) read.set(one.source, (embeddings = readEmbeddings(one.source)));
  process.send!(await measureCase(one, await embeddings));
}
