import assert from "node:assert/strict";

/** A document as the model knows it: its payload's `n`, and the first number of its vector if it has one. */
export interface ModelDocument {
  readonly n: number;
  readonly v: number | null;
}

export type Contents = ReadonlyMap<string, ModelDocument>;

/** What a request asks for, in the model's words. `v` undefined leaves the vector, `n` undefined the payload. */
export type Change =
  | { readonly kind: "ingest"; readonly documents: readonly { readonly id: string; readonly n?: number; readonly v?: number }[] }
  | { readonly kind: "put" | "patch"; readonly id: string; readonly n: number; readonly v?: number }
  | { readonly kind: "bulk"; readonly n: number; readonly below: number }
  | { readonly kind: "delete"; readonly ids: readonly string[] }; // prettier-ignore

interface Counted {
  readonly contents: Contents;
  readonly added: number;
  readonly updated: number;
}

/**
 * The documents one writer has in the collection, written down after every change. One writer sends one request at a
 * time, so only the last of them can be in doubt when the server is killed: it happened as a whole or not at all.
 */
export class Lane {
  readonly name: string;
  /** Every state there was, the newest last: a reader may see any that held while it read. */
  readonly states: Contents[] = [new Map()];
  added = 0;
  updated = 0;
  #doubtful: Counted | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get contents(): Contents {
    return this.states.at(-1)!;
  }

  /** Before the request is sent. */
  begin(change: Change): void {
    this.#doubtful = apply(this.contents, change);
  }

  /** The request was answered. */
  confirm(): void {
    this.#accept(this.#doubtful!);
  }

  /** The request was refused, or the server says it did nothing. */
  forget(): void {
    this.#doubtful = undefined;
  }

  /** After a kill: the server has `found`, which must be the state before the request in doubt or the one after it. */
  settle(found: Contents): void {
    const doubtful = this.#doubtful;
    this.#doubtful = undefined;
    if (same(found, this.contents)) return;
    if (doubtful && same(found, doubtful.contents)) this.#accept(doubtful);
    else assert.deepEqual(sorted(found), sorted(this.contents), `what writer ${this.name} has`);
  }

  #accept({ contents, added, updated }: Counted): void {
    this.#doubtful = undefined;
    if (!same(contents, this.contents)) this.states.push(contents);
    this.added += added;
    this.updated += updated;
  }
}

/** The naive rules: what each request makes of a writer's documents, and what the event log must count. */
function apply(before: Contents, change: Change): Counted {
  const contents = new Map(before);
  let [added, updated] = [0, 0];
  const write = (id: string, document: ModelDocument) => {
    const old = contents.get(id);
    if (!old) added++;
    else if (old.n !== document.n || old.v !== document.v) updated++;
    contents.set(id, document);
  };
  switch (change.kind) {
    case "ingest":
      for (const { id, n, v } of change.documents) {
        const old = contents.get(id);
        write(id, { n: n ?? old?.n ?? -1, v: v ?? old?.v ?? null });
      }
      break;
    case "put":
    case "patch": {
      const old = contents.get(change.id);
      if (old) write(change.id, { n: change.n, v: change.v ?? old.v });
      break;
    }
    case "bulk":
      for (const [id, { n, v }] of before) if (n >= 0 && n < change.below) write(id, { n: change.n, v });
      break;
    case "delete":
      for (const id of change.ids) contents.delete(id);
      break;
  }
  return { contents, added, updated };
}

export function same(a: Contents, b: Contents): boolean {
  if (a.size !== b.size) return false;
  for (const [id, { n, v }] of a) {
    const other = b.get(id);
    if (other?.n !== n || other.v !== v) return false;
  }
  return true;
}

export function sorted(contents: Contents): [string, ModelDocument][] {
  return [...contents].sort(([a], [b]) => (a < b ? -1 : 1));
}
