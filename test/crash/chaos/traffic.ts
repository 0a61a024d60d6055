import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { SentDocuments } from "../sent-documents.ts";
import type { Answer, Fleet, Random } from "./fleet.ts";
import { COLLECTIONS, DOCUMENTS, pointOf, type World } from "./world.ts";

/** Small batches all the time, until `signal` aborts: new documents, and now and then changes of old ones. */
export async function ingest(
  fleet: Fleet,
  sent: SentDocuments,
  /** The sender's, which its documents' ids carry. */
  name: string,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  for (let batch = 0; !signal.aborted; batch++) {
    const collection = COLLECTIONS[random.integer(0, COLLECTIONS.length - 1)]!;
    const isUpdate = random.integer(0, 3) === 0;
    const size = random.integer(1, 4);
    const ids = isUpdate
      ? [`${collection}-${random.integer(0, DOCUMENTS - 1)}`]
      : Array.from({ length: size }, (_, index) => `${collection}-${name}${batch}-${index}`);
    const documents = ids.map((id) => pointOf(id, random));
    const answer = await fleet.request(random, "POST", `/v1/collections/${collection}/documents/ingest`, {
      documents,
    });
    if (!isUpdate) for (const id of ids) note(answer, sent, id, ids.length);
    await delay(random.integer(20, 250));
  }
}

function note(answer: Answer | undefined, sent: SentDocuments, id: string, size: number): void {
  if (answer?.status === 200) {
    assert.equal(answer.body.ingested, size);
    sent.acknowledged.add(id);
  } else {
    refuseClientErrors(answer);
    sent.unanswered.add(id);
  }
}

/** A server that dies may answer nothing or 5xx, but never that a good request is bad. */
function refuseClientErrors(answer: Answer | undefined, allowed?: number): void {
  if (answer === undefined || answer.status >= 500 || answer.status < 400 || answer.status === allowed)
    return;
  assert.fail(`${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** What users do meanwhile: runs by hand, cancels, pauses, resumes, edits. */
export async function meddle(fleet: Fleet, world: World, random: Random, signal: AbortSignal): Promise<void> {
  const { clusters, triggers } = world;
  const pick = (from: readonly string[]) => from[random.integer(0, from.length - 1)]!;
  const all = [...triggers.cron, ...triggers.interval, ...triggers.event, ...triggers.conditional];
  const paused: string[] = [];
  const tasks: string[] = [];
  const call = async (method: string, path: string, body?: unknown, allowed?: number) => {
    const answer = await fleet.request(random, method, path, body);
    refuseClientErrors(answer, allowed);
    return answer;
  };
  const edit = (id: string, schedule: Record<string, unknown>) =>
    call("PATCH", `/v1/triggers/${id}`, { schedule_config: schedule });
  const execute = async (path: string) => {
    const answer = await call("POST", `${path}/execute`);
    if (answer?.status === 200) tasks.push(answer.body.task_id);
  };
  const acts = [
    () => execute(`/v1/triggers/${pick(all)}`),
    () => execute(`/v1/triggers/${pick(all)}`),
    () => execute(`/v1/clusters/${pick(clusters)}`),
    // It may have finished, which is 400, or not be seen yet by whoever asks.
    () => call("DELETE", `/v1/tasks/${tasks.at(-1) ?? "none"}`, undefined, 400),
    async () => {
      const id = pick(all);
      paused.push(id);
      await call("POST", `/v1/triggers/${id}/pause`);
    },
    async () => {
      const id = paused.shift();
      if (id) await call("POST", `/v1/triggers/${id}/resume`);
    },
    () => edit(pick(triggers.interval), { interval_seconds: random.integer(2, 30) }),
    () => edit(pick(triggers.conditional), { check_interval_seconds: random.integer(10, 15) }),
    () => edit(pick(triggers.event), { event_threshold: random.integer(1, 25) }),
    () => edit(pick(triggers.event), { cooldown_seconds: random.integer(0, 12) }),
    () => call("PATCH", `/v1/triggers/${pick(all)}`, { description: `edited ${random.integer(0, 999)}` }),
  ];
  while (!signal.aborted) {
    await acts[random.integer(0, acts.length - 1)]!();
    await delay(random.integer(100, 500));
  }
}
