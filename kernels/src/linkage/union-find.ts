/** Disjoint sets of 0 to `size` - 1, by path halving and union by size. */
export class UnionFind {
  readonly #parent: Int32Array;
  readonly #size: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
    this.#size = new Int32Array(size).fill(1);
  }

  find(element: number): number {
    const parent = this.#parent;
    let root = element;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!;
    return root;
  }

  /** False if both were in one set already. */
  union(a: number, b: number): boolean {
    let larger = this.find(a);
    let smaller = this.find(b);
    if (larger === smaller) return false;
    if (this.#size[larger]! < this.#size[smaller]!) [larger, smaller] = [smaller, larger];
    this.#parent[smaller] = larger;
    this.#size[larger]! += this.#size[smaller]!;
    return true;
  }

  /** Elements of the set that `element` is in. */
  sizeOf(element: number): number {
    return this.#size[this.find(element)]!;
  }
}
