import { Agent, request, type ClientRequest, type OutgoingHttpHeaders } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: any;
}

/** How a request ended: with an answer, or without one. */
export type Ending = Answer | { readonly status: 0; readonly error: string };

export interface Sending {
  readonly method: string;
  readonly url: string;
  readonly headers: OutgoingHttpHeaders;
  /** Sent piece by piece, each when the one before has gone; taken no further once an answer is there. */
  readonly pieces: Iterable<Buffer>;
  /** Leaves the body open at its end, and is told of the request. */
  readonly leaveOpen?: (sent: ClientRequest) => void;
}

export function send({ method, url, headers, pieces, leaveOpen }: Sending): Promise<Ending> {
  return new Promise((resolve) => {
    let done = false;
    // One that asks to close the connection gets it closed with the answer, while it still sends.
    const agent = new Agent({ keepAlive: true });
    const sent = request(url, { method, headers, agent });
    sent.on("close", () => agent.destroy());
    sent.on("response", (response) => {
      done = true;
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => {
        resolve({ status: response.statusCode!, body: text === "" ? undefined : JSON.parse(text) });
        sent.destroy();
      });
    });
    sent.on("error", (error) => {
      done = true;
      resolve({ status: 0, error: error.message });
    });
    const iterator = pieces[Symbol.iterator]();
    const next = () => {
      if (done) return;
      const piece = iterator.next();
      if (!piece.done) sent.write(piece.value, next);
      else if (leaveOpen) leaveOpen(sent);
      else sent.end();
    };
    next();
  });
}

export function* once(bytes: Buffer | string): Generator<Buffer> {
  yield typeof bytes === "string" ? Buffer.from(bytes) : bytes;
}

export function* repeated(piece: Buffer, times: number): Generator<Buffer> {
  for (let i = 0; i < times; i++) yield piece;
}
