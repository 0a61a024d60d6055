import { setTimeout as delay } from "node:timers/promises";

import type { PostgresServer } from "../../factories/postgres-server.ts";
import type { Fleet, Random } from "./fleet.ts";

export interface Plan {
  readonly kills: number;
  readonly databaseRestarts: number;
  readonly freezes: number;
}

/** A worker's lease is 30 s. */
const FROZEN_MS = [31_000, 38_000] as const;

/** Carries out the plan: kills one after the other, and beside them, spread evenly, the rest. */
export async function wreak(
  fleet: Fleet,
  postgres: PostgresServer,
  { kills, databaseRestarts, freezes }: Plan,
  random: Random,
): Promise<void> {
  const beside: Promise<void>[] = [];
  const isTurn = (kill: number, times: number, offset: number) =>
    Array.from({ length: times }, (_, time) => Math.floor(((time + offset) / times) * kills)).includes(kill);
  for (let kill = 0; kill < kills; kill++) {
    // Mostly in quick succession, now and then with time to get something done.
    await delay(random.integer(0, 9) === 0 ? random.integer(4_000, 8_000) : random.integer(50, 2_500));
    // One that serves, if there is one soon: on a slow machine nearly all would be killed while they start.
    const patience = AbortSignal.timeout(random.integer(0, 5_000));
    const victim = await fleet.victim(random, (server) => patience.aborted || server.url !== undefined);
    await victim.kill(random.integer(0, 2_000));
    if (isTurn(kill, databaseRestarts, 0.6)) beside.push(restart(postgres, random.integer(0, 1_500)));
    if (isTurn(kill, freezes, 0.15)) beside.push(freezeOne(fleet, random));
  }
  await Promise.all(beside);
}

/** Fast: connections are cut, what was committed is kept. */
async function restart(postgres: PostgresServer, awayMs: number): Promise<void> {
  await postgres.halt();
  await delay(awayMs);
  await postgres.resume();
}

async function freezeOne(fleet: Fleet, random: Random): Promise<void> {
  const sleeper = await fleet.victim(random, (server) => server.url !== undefined);
  await sleeper.freeze(random.integer(...FROZEN_MS));
}
