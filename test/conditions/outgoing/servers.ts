import { once } from "node:events";
import { createServer as createHttpServer, type Server, type ServerResponse } from "node:http";
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from "node:net";
import { gzipSync } from "node:zlib";

const MB = 1024 * 1024;

export interface OutgoingServers {
  readonly ports: {
    /** Nothing may go there. */
    readonly victim: number;
    /** Behaves as the path says. */
    readonly hooks: number;
    /** Takes connections and says nothing, of TLS neither. */
    readonly mute: number;
    /** Nothing listens there. */
    readonly free: number;
  };
  /** Paths that were asked of the victim. */
  readonly reached: readonly string[];
  /** Bytes of the large answers that were taken, by path. */
  readonly taken: ReadonlyMap<string, number>;
  /** Resolves when the other end has closed the connection of a path that was asked for. */
  readonly closed: (path: string) => Promise<void>;
  /** From now on whatever is asked of `hooks` is answered with 0.25. */
  readonly mend: () => void;
  readonly close: () => void;
}

export async function startOutgoingServers(): Promise<OutgoingServers> {
  const reached: string[] = [];
  const taken = new Map<string, number>();
  const closed = new Map<string, Promise<void>>();
  let isWell = false;
  const closing: (() => void)[] = [];
  const listen = async (server: Server | TcpServer) => {
    closing.push(endWithAll(server));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const victim = await listen(
    createHttpServer((request, response) => {
      reached.push(request.url!);
      response.end('{"met": true}');
    }),
  );
  const hooks = await listen(
    createHttpServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, "http://hooks");
      if (isWell || pathname === "/well") return void response.end('{"value": 0.25}');
      const ended = Promise.withResolvers<void>();
      closed.set(pathname, ended.promise);
      response.once("close", ended.resolve);
      misbehave(pathname, searchParams.get("to")?.replace("VICTIM", String(victim)), response, taken);
    }),
  );
  const mute = await listen(createTcpServer((socket) => void socket.resume()));
  const gone = createTcpServer();
  const free = await listen(gone);
  gone.close();
  return {
    ports: { victim, hooks, mute, free },
    ...{ reached, taken },
    closed: async (path) => closed.get(path)!,
    mend: () => (isWell = true),
    close: () => closing.forEach((end) => end()),
  };
}

function endWithAll(server: Server | TcpServer): () => void {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

const BOMB = gzipSync(Buffer.alloc(100 * MB));
const CHUNK = Buffer.alloc(64 * 1024, " ");

function misbehave(
  path: string,
  location: string | undefined,
  response: ServerResponse,
  taken: Map<string, number>,
): void {
  const [, what, how] = path.split("/");
  switch (what) {
    case "redirect":
      return void response.writeHead(Number(how), { location }).end('{"met": true}');
    case "large": {
      response.writeHead(200, how === "told" ? { "content-length": String(100 * MB) } : {});
      const more = () => {
        while ((taken.get(path) ?? 0) < 100 * MB && !response.destroyed) {
          taken.set(path, (taken.get(path) ?? 0) + CHUNK.length);
          if (!response.write(CHUNK)) return void response.once("drain", more);
        }
      };
      return more();
    }
    case "bomb":
      return void response.writeHead(200, { "content-encoding": "gzip" }).end(BOMB);
    case "headers":
      return void response.writeHead(200, { "x-large": "y".repeat(20_000) }).end('{"met": true}');
    case "cut":
      response.writeHead(200, { "content-length": "900" });
      return void response.write('{"met": ', () => response.destroy());
    case "drip": {
      const drip = setInterval(() => response.write(" "), 100);
      return void response.once("close", () => clearInterval(drip));
    }
    case "hang":
      return;
    default:
      response.writeHead(404).end();
  }
}
