/** sendFile in a thread of its own: whoever measures others meanwhile must not wait for it. */
import { parentPort, Worker, workerData } from "node:worker_threads";

import { Api } from "../../test/factories/api.ts";
import type { DataFile } from "./data.ts";
import { KEY } from "./server.ts";
import { sendFile } from "./send-file.ts";

type Sending = readonly [url: string, collection: string, file: DataFile, documents: number];

export function sendFileBeside(api: Api, ...rest: [collection: string, file: DataFile, documents: number]) {
  const sending: Sending = [api.url, ...rest];
  return new Promise<number>((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: sending });
    worker.once("message", resolve).once("error", reject);
  });
}

if (parentPort) {
  const [url, collection, file, documents] = workerData as Sending;
  parentPort.postMessage(await sendFile(new Api(url, KEY), collection, file, documents));
}
