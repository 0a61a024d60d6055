/**
 * Named moments that a service announces and a test waits for, instead of sleeping. In production nobody
 * listens and an announcement costs one map lookup. (After River's rivertest signals.)
 */
export class TestSignals {
  readonly #waiters = new Map<string, Set<(detail: unknown) => void>>();

  announce(name: string, detail?: unknown): void {
    for (const waiter of this.#waiters.get(name) ?? []) waiter(detail);
  }

  /** Calls `listener` at every announcement of `name` until the returned function is called. */
  on(name: string, listener: (detail: unknown) => void): () => void {
    const set = this.#waiters.get(name) ?? new Set();
    this.#waiters.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Resolves at the next announcement of `name` whose detail satisfies `accept`. Ask before you cause it. */
  next(name: string, accept: (detail: unknown) => boolean = () => true): Promise<unknown> {
    return new Promise((resolve) => {
      const off = this.on(name, (detail) => {
        if (!accept(detail)) return;
        off();
        resolve(detail);
      });
    });
  }
}
