import { VectorStore } from "./vector-store.ts";

// Appends to a shared table from a process of its own; started by vector-store.test.ts.
const [folder = "", number = "0"] = process.argv.slice(2);
process.once("message", () => {
  void (async () => {
    const store = new VectorStore(folder);
    for (let i = 0; i < 15; i++) {
      const id = Number(number) * 100 + i;
      const key = { collectionId: "col_shared", feature: 0 };
      await store.append(key, 3, new BigInt64Array([BigInt(id)]), Float32Array.of(id, 0, 1));
    }
    await store.close();
    process.disconnect();
  })();
});
process.send!("ready");
