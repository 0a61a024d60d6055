/** The first `count` items, and all of them again, the first ones included. */
export async function firstOf<T>(
  source: AsyncGenerator<T>,
  count: number,
): Promise<{ first: T[]; all: AsyncGenerator<T> }> {
  const first: T[] = [];
  while (first.length < count) {
    const next: IteratorResult<T, unknown> = await source.next();
    if (next.done) break;
    first.push(next.value);
  }
  async function* all() {
    try {
      yield* first;
      yield* source;
    } finally {
      await source.return(undefined);
    }
  }
  return { first, all: all() };
}
