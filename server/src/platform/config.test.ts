import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ConfigError, NO_QUOTAS, readConfig } from "./config.ts";
import { ALLOW_NOTHING } from "./outgoing/allow-list.ts";

test("nothing set: loopback, the home folder, the built-in database, every role", () => {
  const config = readConfig({});
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.dataFolder, join(homedir(), ".recluster"));
  assert.equal(config.storageFolder, join(homedir(), ".recluster", "storage"));
  assert.equal(config.databaseUrl, undefined);
  assert.deepEqual(config.roles, ["api", "scheduler", "worker"]);
  assert.equal(config.limits.maxActiveTriggers, null);
  assert.deepEqual(config.quotas, NO_QUOTAS);
  assert.deepEqual(config.allowOutgoing, ALLOW_NOTHING);
});

test("a flag wins over its variable, an empty variable is none", () => {
  const env = { RECLUSTER_PORT: "1", RECLUSTER_ROLES: "worker", RECLUSTER_API_KEY: "", DATABASE_URL: "" };
  const config = readConfig(env, { port: "2", roles: "api, scheduler" });
  assert.equal(config.port, 2);
  assert.deepEqual(config.roles, ["api", "scheduler"]);
  assert.equal(config.apiKey, undefined);
  assert.equal(readConfig(env).port, 1);
  assert.equal(readConfig({ RECLUSTER_LIMITS: "hosted" }).limits.minIntervalSeconds, 300);
});

const wrong: [string, string, RegExp][] = [
  ["RECLUSTER_PORT", "http", /RECLUSTER_PORT.*'http'.*0 to 65535/],
  ["RECLUSTER_PORT", "65536", /RECLUSTER_PORT/],
  ["RECLUSTER_PORT", "80.5", /RECLUSTER_PORT/],
  ["RECLUSTER_PORT", " ", /RECLUSTER_PORT/],
  ["RECLUSTER_DATABASE_CONNECTIONS", "1", /RECLUSTER_DATABASE_CONNECTIONS.*2 to 1000/],
  ["RECLUSTER_QUOTA_DOCUMENTS", "0", /RECLUSTER_QUOTA_DOCUMENTS.*from 1/],
  ["RECLUSTER_QUOTA_BYTES", "5GB", /RECLUSTER_QUOTA_BYTES.*'5GB'/],
  ["RECLUSTER_ROLES", "api,cook", /'cook'.*api, scheduler, worker/],
  ["RECLUSTER_LIMITS", "none", /RECLUSTER_LIMITS.*'hosted'/],
  ["RECLUSTER_STORAGE", "s3://bucket", /RECLUSTER_STORAGE.*folder/],
  ["RECLUSTER_LOG_LEVEL", "loud", /RECLUSTER_LOG_LEVEL.*'loud'.*debug/],
  ["RECLUSTER_ALLOW_OUTGOING", "localhost,10.0.0.0/40", /RECLUSTER_ALLOW_OUTGOING.*'10.0.0.0\/40'.*CIDR/],
  ["RECLUSTER_API_KEY", "short", /RECLUSTER_API_KEY.*16/],
  ["RECLUSTER_API_KEY", "sk_with a space in it", /RECLUSTER_API_KEY/],
];
for (const [name, value, message] of wrong) {
  test(`${name}='${value}' is refused by name, with what it takes`, () => {
    assert.throws(
      () => readConfig({ [name]: value }),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test("a refused DATABASE_URL, RECLUSTER_API_KEY or RECLUSTER_SIGNING_SECRET is not repeated: it may hold a secret", () => {
  assert.throws(
    () => readConfig({ DATABASE_URL: "mysql://u:secret@h/d" }),
    (error: Error) => !error.message.includes("secret"),
  );
  assert.throws(
    () => readConfig({ RECLUSTER_API_KEY: "secret" }),
    (error: Error) => !error.message.includes("secret"),
  );
  assert.throws(
    () => readConfig({ RECLUSTER_SIGNING_SECRET: "whsec_hidden" }),
    (error: Error) => error instanceof ConfigError && !error.message.includes("hidden"),
  );
});

test("language models: keys by their usual names, addresses without a slash at the end, none unless set", () => {
  const { labels } = readConfig({});
  assert.deepEqual(labels.endpoints.openai, { apiKey: undefined, baseUrl: undefined });
  assert.deepEqual([labels.model, labels.atOnce, labels.callMs, labels.runMs], [null, 4, 60_000, 600_000]);
  const set = readConfig({
    ANTHROPIC_API_KEY: "sk-1",
    RECLUSTER_OPENAI_BASE_URL: "http://127.0.0.1:11434/v1/",
    RECLUSTER_LABEL_MODEL: "openai/qwen/qwen3:8b",
  }).labels;
  assert.deepEqual(set.endpoints.openai, { apiKey: undefined, baseUrl: "http://127.0.0.1:11434/v1" });
  assert.equal(set.endpoints.anthropic.apiKey, "sk-1");
  assert.deepEqual(set.model, { provider: "openai", name: "qwen/qwen3:8b" });
});

test("a key or an address that is none is refused without repeating it", () => {
  for (const [name, value] of [
    ["OPENAI_API_KEY", "sk-secret with a space"],
    ["RECLUSTER_OPENAI_BASE_URL", "secret"],
    ["RECLUSTER_GOOGLE_BASE_URL", "ftp://secret"],
    ["RECLUSTER_ANTHROPIC_BASE_URL", "https://user:secret@example.org/v1"],
    ["RECLUSTER_OPENAI_BASE_URL", "https://example.org/v1?key=secret"],
  ] as const) {
    assert.throws(
      () => readConfig({ [name]: value }),
      (error) =>
        error instanceof ConfigError && error.message.startsWith(name) && !error.message.includes("secret"),
    );
  }
  for (const model of ["gpt-4o", "acme/model", "openai/", "openai/a b"]) {
    assert.throws(
      () => readConfig({ RECLUSTER_LABEL_MODEL: model }),
      /RECLUSTER_LABEL_MODEL is '.*openai, google, anthropic/,
    );
  }
});
