import assert from "node:assert/strict";
import { test } from "node:test";

import type { HealthCheckResponse } from "#contract/health.ts";
import type { Database } from "../../db/database.ts";
import { Wakes } from "../../db/wakes.ts";
import { silentLogger } from "../../platform/logger.ts";
import { createApp } from "../app.ts";
import { registerHealthRoutes, type HealthDeps } from "./routes.ts";

/** No health route may touch the database but by its check: this one has none. */
const noDatabase = { wakes: new Wakes() } as Database;

async function ask(deps: Omit<HealthDeps, "logger">, ...urls: string[]) {
  const app = await createApp({
    db: noDatabase,
    logger: silentLogger,
    routes: (target) => registerHealthRoutes(target, { ...deps, logger: silentLogger }),
  });
  const answers = [];
  for (const url of urls) {
    const response = await app.inject(url);
    answers.push({ status: response.statusCode, body: response.json<HealthCheckResponse>() });
  }
  await app.close();
  return answers;
}

test("all parts well: OK, no errors, no key needed", async () => {
  const [answer] = await ask({ checks: { metadata: () => Promise.resolve() } }, "/v1/health");
  assert.deepEqual(answer, {
    status: 200,
    body: {
      status: "OK",
      data: {
        cache: true,
        metadata: true,
        vector_store: true,
        object_storage: true,
        task_queue: true,
        inference: true,
        analytics: null,
      },
      errors: null,
      meta: null,
    },
  });
});

test("a part that fails is named without internals; the server still answers 200", async () => {
  const checks = { vector_store: () => Promise.reject(new Error("EACCES /secret/folder")) };
  const [answer] = await ask({ checks }, "/v1/health");
  assert.equal(answer!.status, 200);
  assert.equal(answer!.body.status, "DEGRADED");
  assert.equal(answer!.body.data.vector_store, false);
  assert.equal(answer!.body.errors!.vector_store, "The storage folder cannot be written.");
  assert.equal(answer!.body.errors!.metadata, null);
  assert.ok(!JSON.stringify(answer).includes("secret"));
});

test("without its database the server is not ready: 503 with the same body, while liveness stays 200", async () => {
  const checks = { metadata: () => Promise.reject(new Error("ECONNREFUSED")) };
  const [health, liveness, beat] = await ask(
    { checks },
    "/v1/health",
    "/v1/health/liveness",
    "/v1/health/beat",
  );
  assert.equal(health!.status, 503);
  assert.equal(health!.body.data.metadata, false);
  assert.deepEqual([liveness!.status, beat!.status], [200, 200]);
});

test("a part that never answers is given up, and metrics say how long each took", async () => {
  const checks = { task_queue: () => new Promise<void>(() => undefined) };
  const [answer] = await ask({ checks, patienceMs: 20 }, "/v1/health?metrics=true");
  assert.equal(answer!.body.data.task_queue, false);
  const { latency_ms } = answer!.body.meta as { latency_ms: Record<string, number> };
  assert.ok(latency_ms.task_queue! >= 15);
});

test("shallow answers are shared for a second, deep ones are asked anew", async () => {
  let ms = 0;
  let asked = 0;
  const clock = { now: () => new Date(ms), monotonicMs: () => ms };
  const checks = {
    metadata: () => {
      asked++;
      return Promise.resolve();
    },
  };
  await ask({ checks, clock }, "/v1/health", "/v1/health");
  assert.equal(asked, 1);
  await ask({ checks, clock }, "/v1/health", "/v1/health?deep=true");
  assert.equal(asked, 3);
  ms = 0;
  const stepping = { ...clock, monotonicMs: () => (ms += 1_000) };
  await ask({ checks, clock: stepping }, "/v1/health", "/v1/health");
  assert.equal(asked, 5);
});

test("a query that is no boolean is a 422", async () => {
  const [answer] = await ask({ checks: {} }, "/v1/health?deep=maybe");
  assert.equal(answer!.status, 422);
});
