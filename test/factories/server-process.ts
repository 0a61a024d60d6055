import { spawn, type ChildProcess } from "node:child_process";

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has said so far, both streams. */
  said(): string;
  signal(name: NodeJS.Signals): void;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for its exit code. */
  stop(): Promise<number | null>;
}

const MAIN = new URL("../../server/src/cli/main.ts", import.meta.url).pathname;

/** A server from the moment its process is there: it can be killed before it is ready. */
export interface LaunchedServer {
  /** Rejects with what it said when it ends before it is ready. */
  readonly ready: Promise<ServerProcess>;
  /** Resolves when it has gone. */
  readonly ended: Promise<number | null>;
  said(): string;
  kill(): Promise<void>;
}

/**
 * `recluster serve` as a process of its own on a free port, ready to answer. `env` says which database and folder.
 * Throws with what it said when it ends before it is ready.
 */
export function spawnServer(
  env: Record<string, string>,
  identity: { uid?: number; gid?: number } = {},
): Promise<ServerProcess> {
  return launchServer(env, identity).ready;
}

/** The same without waiting until it is ready. */
export function launchServer(
  env: Record<string, string>,
  identity: { uid?: number; gid?: number } = {},
): LaunchedServer {
  const child = spawn(process.execPath, ["--conditions=recluster-source", MAIN, "serve"], {
    env: { ...process.env, RECLUSTER_PORT: "0", RECLUSTER_LOG_LEVEL: "warn", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...identity,
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  let output = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    const url = /listens on (http:\/\/\S+)/.exec(output)?.[1];
    if (url) resolve(url);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const ended = new Promise<number | null>((done) => child.on("close", done));
  void ended.then((code) =>
    reject(new Error(`The server ended with ${code} before it was ready:\n${output}`)),
  );
  const kill = () => end(child, ended, "SIGKILL").then(() => undefined);
  const said = () => output;
  return {
    ready: ready.then((url) => ({
      url,
      pid: child.pid!,
      said,
      signal: (name) => child.kill(name),
      kill,
      stop: () => end(child, ended, "SIGTERM"),
    })),
    ended,
    said,
    kill,
  };
}

async function end(
  child: ChildProcess,
  ended: Promise<number | null>,
  signal: NodeJS.Signals,
): Promise<number | null> {
  child.kill(signal);
  return ended;
}

const running = new Set<ChildProcess>();

/** For `after`: a test that fails half way must not leave its servers behind, nor wait for them. */
export function killServers(): void {
  for (const child of running) child.kill("SIGKILL");
}
