/** What the endpoint said that it may not say; the message tells what. */
export class WrongAnswer extends Error {}

/**
 * The vectors of an answer `{data: [{index, embedding}]}` in the order of the texts that were sent, `count` of them:
 * `embedding` is a list of numbers or the base64 of little-endian float32. Without `index` their order counts. Throws
 * WrongAnswer when one is missing, doubled or of another length than the others.
 */
export function readVectors(body: unknown, count: number): Float32Array[] {
  const data = (body as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) throw new WrongAnswer("the answer has no list 'data' of embeddings");
  if (data.length !== count) throw new WrongAnswer(`${data.length} embeddings came for ${count} texts`);
  const out = new Array<Float32Array | undefined>(count).fill(undefined);
  for (const [position, item] of (data as ({ index?: unknown; embedding?: unknown } | null)[]).entries()) {
    const index = item?.index ?? position;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= count) {
      throw new WrongAnswer(`an embedding has index ${JSON.stringify(index)} of ${count} texts`);
    }
    if (out[index]) throw new WrongAnswer(`two embeddings have index ${index}`);
    out[index] = numbersOf(item?.embedding);
  }
  const vectors = out as Float32Array[];
  const odd = vectors.find((vector) => vector.length !== vectors[0]!.length);
  if (odd)
    throw new WrongAnswer(`embeddings of ${vectors[0]!.length} and of ${odd.length} numbers came together`);
  return vectors;
}

function numbersOf(embedding: unknown): Float32Array {
  if (typeof embedding === "string") {
    const bytes = Buffer.from(embedding, "base64");
    if (bytes.length === 0 || bytes.length % 4 !== 0) {
      throw new WrongAnswer(`an embedding in base64 has ${bytes.length} bytes, which are no float32 numbers`);
    }
    return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
  }
  if (!Array.isArray(embedding) || embedding.length === 0) {
    throw new WrongAnswer("an embedding is neither a list of numbers nor base64");
  }
  // A value that is no number becomes NaN, which is refused with its text.
  return Float32Array.from(embedding, (value) => (typeof value === "number" ? value : NaN));
}
