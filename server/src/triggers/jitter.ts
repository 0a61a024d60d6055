import { createHash } from "node:crypto";

/**
 * How long after each of its due instants a trigger is decided, in milliseconds from 0 to its `jitter_seconds`. It is
 * drawn from the trigger's id, so it is the same at every instant and on every server: triggers that are due together
 * spread out, and each keeps its own rhythm (as systemd's FixedRandomDelay).
 */
export function jitterMs(triggerId: string, jitterSeconds: number): number {
  if (jitterSeconds === 0) return 0;
  const draw = createHash("sha256").update(triggerId).digest().readUInt32BE(0);
  return Math.floor((draw / 2 ** 32) * (jitterSeconds * 1000 + 1));
}
