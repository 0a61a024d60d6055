import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import {
  type LabelServer,
  type ModelAnswer,
  type ModelRequest,
  startLabelServer,
  usualName,
} from "../../../test/factories/label-server.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { toLabels } from "../clusters/labeling.ts";
import { ManualClock } from "../db/database-clock.ts";
import { addMs } from "../platform/clock.ts";
import { type LabelProvider, readLabelsConfig } from "../platform/config.ts";
import { silentLogger } from "../platform/logger.ts";
import { nameClusters } from "./name-clusters.ts";
import type { ClusterToName, NamesAnswer } from "./name-request.ts";

let database: TestDatabase;
let tenant: TestTenant;
const clock = new ManualClock(new Date("2026-03-01T12:00:00Z"));
const KEY = "key-of-the-operator-0123456789";

before(async () => {
  database = await createTestDatabase();
  tenant = await createTenant(database.db);
});
after(() => database.close());

const cluster = (index: number, ...samples: string[]): ClusterToName => ({
  ...{ index, documents: 10 * (index + 1), keywords: samples[0]?.split(" ") ?? [], samples },
  ...{ partner: -1, keptLabel: null },
});
const THREE = [
  cluster(0, "cats sleep", "cats eat"),
  cluster(1, "dogs bark", "dogs run"),
  cluster(2, "birds sing"),
];

interface Naming {
  readonly clusters?: readonly ClusterToName[];
  readonly labeling?: object;
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly msLeft?: number;
  readonly namespaceId?: string;
  readonly provider?: LabelProvider;
}

/** Names the clusters by a server that answers so, with nothing kept from before unless told otherwise. */
async function name(
  answer: (
    request: ModelRequest,
    number: number,
  ) => ModelAnswer | undefined | Promise<ModelAnswer | undefined>,
  naming: Naming = {},
): Promise<NamesAnswer & { readonly server: LabelServer; readonly logged: string }> {
  const server = await startLabelServer(answer);
  try {
    return { ...(await nameAt(server, naming)), server };
  } finally {
    await server.close();
  }
}

async function nameAt(server: LabelServer, naming: Naming = {}): Promise<NamesAnswer & { logged: string }> {
  const { clusters = THREE, provider = "openai" } = naming;
  const given = { enabled: true, provider, cache_ttl_seconds: 0, ...naming.labeling };
  const { labeling } = toLabels(given, ["body"]);
  const env = {
    OPENAI_API_KEY: KEY,
    GOOGLE_GENERATIVE_AI_API_KEY: KEY,
    ANTHROPIC_API_KEY: KEY,
    RECLUSTER_OPENAI_BASE_URL: server.urls.openai,
    RECLUSTER_GOOGLE_BASE_URL: server.urls.google,
    RECLUSTER_ANTHROPIC_BASE_URL: server.urls.anthropic,
    ...naming.env,
  };
  const lines: unknown[] = [];
  const log = (...all: unknown[]) => void lines.push(all);
  const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, { warn: log, error: log });
  const answer = await nameClusters(
    { db: database.db, clock, logger, config: { labels: readLabelsConfig(env) } },
    { namespaceId: naming.namespaceId ?? tenant.namespaceId, runId: "run_1" },
    { labeling: labeling!, clusters },
    { signal: naming.signal ?? new AbortController().signal, msLeft: naming.msLeft ?? 3_600_000 },
  );
  return {
    ...answer,
    logged: JSON.stringify(lines, (_, value: unknown) => (value instanceof Error ? value.stack : value)),
  };
}

const labelsOf = ({ names }: NamesAnswer) => names.map((one) => one?.label ?? null);
const messagesOf = ({ errors }: NamesAnswer) => errors.map(({ index, message }) => `${index}: ${message}`);

describe("naming clusters", () => {
  for (const provider of ["openai", "google", "anthropic"] as const) {
    it(`asks ${provider} in its own protocol for each cluster's name, summary and keywords`, async () => {
      const { names, errors, server } = await name(() => undefined, { provider });
      assert.deepEqual(errors, []);
      assert.deepEqual(
        names,
        THREE.map((one) => usualName(one)),
      );
      assert.equal(server.requests.length, 3);
      for (const { protocol, key, schema, instructions } of server.requests) {
        assert.deepEqual([protocol, key], [provider, KEY]);
        assert.deepEqual(schema.required, ["label", "summary", "keywords"]);
        assert.doesNotMatch(instructions, /cats|dogs|birds/);
      }
      assert.deepEqual(server.requests.map(({ model }) => model).slice(0, 1), [
        {
          openai: "gpt-4o-mini-2024-07-18",
          google: "gemini-2.5-flash",
          anthropic: "claude-3-5-haiku-20241022",
        }[provider],
      ]);
      const first = server.requests.find(({ data }) => data.group.samples[0] === "cats sleep")!;
      assert.deepEqual(first.data, {
        group: { documents: 10, keywords: ["cats", "sleep"], samples: ["cats sleep", "cats eat"] },
      });
    });

    it(`${provider}: a cut answer, a refusal, what is no JSON and a wrong shape are told by cluster`, async () => {
      const answers: ModelAnswer[] = [{ finish: "length" }, { finish: "filter" }, { text: "Cats!" }];
      const clusters = [...THREE, cluster(3, "fish swim")];
      const told = await name(
        ({ data }) =>
          answers[clusters.findIndex(({ samples }) => samples[0] === data.group.samples[0])] ?? {
            answer: { name: "x" },
          },
        { provider, clusters },
      );
      assert.deepEqual(labelsOf(told), [null, null, null, null]);
      const lines = messagesOf(told);
      assert.match(lines[0]!, /^0: .* was cut off/);
      assert.match(lines[1]!, /^1: .* (refuses to answer|something else than JSON)/);
      assert.match(lines[2]!, /^2: .* (something else than JSON|cannot be used)/);
      assert.match(lines[3]!, /^3: .* cannot be used: the answer has no label/);
      assert.equal(lines.length, 4);
    });
  }

  it("leaves out what is not wanted, and sends the model, parameters and wishes that are", async () => {
    const { names, server } = await name(() => undefined, {
      clusters: [THREE[0]!],
      labeling: {
        ...{ include_summary: false, include_keywords: false, model_name: "gpt-4.1-2025-04-14" },
        parameters: { temperature: 0.5, max_tokens: 100, seed: 7 },
        custom_prompt: "Name them in French.",
        labeling_inputs: {
          input_mappings: [{ input_key: "shop", source_type: "literal", override: "sells <pets>" }],
        },
      },
    });
    assert.deepEqual(names, [{ label: "About cats sleep", summary: null, keywords: null }]);
    const { body, schema, instructions, data, message } = server.requests[0]!;
    assert.deepEqual(schema.required, ["label"]);
    assert.deepEqual([body.model, body.temperature, body.seed], ["gpt-4.1-2025-04-14", 0.5, 7]);
    assert.equal(body.max_tokens ?? body.max_completion_tokens, 100);
    assert.match(instructions, /Name them in French\./);
    assert.deepEqual(data.context, { shop: "sells <pets>" });
    assert.match(message, /sells \\u003cpets\\u003e/);
  });

  it("asks so many at a time", async () => {
    const clusters = Array.from({ length: 12 }, (_, i) => cluster(i, `word${i} other${i}`));
    const gate = Promise.withResolvers<void>();
    const { server, errors } = await name(
      async (_, number) => {
        if (number === 2) gate.resolve();
        await gate.promise;
        return undefined;
      },
      { clusters, env: { RECLUSTER_LABEL_CALLS: "3" } },
    );
    assert.deepEqual(errors, []);
    assert.equal(server.mostAtATime, 3);
  });

  it("tries again after 429 and 503, as long as retry-after says", async () => {
    const told = await name(
      (_, number) =>
        number < 2 ? { status: number === 0 ? 429 : 503, headers: { "retry-after": "0" } } : undefined,
      { clusters: [THREE[0]!] },
    );
    assert.deepEqual(labelsOf(told), ["About cats sleep"]);
    assert.equal(told.server.requests.length, 3);
  });

  it("gives up on a server that asks to wait longer than there is time, after one request a lane", async () => {
    const told = await name(() => ({ status: 429, headers: { "retry-after": "7200" } }), {
      env: { RECLUSTER_LABEL_CALLS: "1" },
    });
    assert.deepEqual(labelsOf(told), [null, null, null]);
    assert.equal(told.server.requests.length, 1);
    assert.match(
      messagesOf(told).join(),
      /^null: 3 of the clusters were not named .* 429 and asks to wait 7200 s/,
    );
  });

  it("a wrong key, an unknown model and an empty purse end it at once, and nothing of what the provider says is shown", async () => {
    for (const [status, said] of [
      [401, /401: check OPENAI_API_KEY/],
      [403, /403: check OPENAI_API_KEY/],
      [404, /404: check the model's name/],
      [429, /429: its quota is used up/],
    ] as const) {
      const body = { error: { message: `org-secret of ${KEY}`, code: "insufficient_quota" } };
      const told = await name(() => ({ status, body }), { env: { RECLUSTER_LABEL_CALLS: "1" } });
      assert.equal(told.server.requests.length, 1);
      assert.equal(told.errors.length, 1);
      assert.match(told.errors[0]!.message, said);
      assert.doesNotMatch(told.errors[0]!.message, /org-secret/);
      assert.match(told.logged, /org-secret of <key>/);
      assert.ok(!told.logged.includes(KEY) && !told.logged.includes("cats sleep"), told.logged);
    }
  });

  it("a server that fails for good is asked three times a cluster, and no more after five clusters", async () => {
    const clusters = Array.from({ length: 9 }, (_, i) => cluster(i, `word${i} other${i}`));
    const told = await name(() => ({ status: 500, headers: { "retry-after": "0" } }), {
      clusters,
      env: { RECLUSTER_LABEL_CALLS: "1" },
    });
    assert.equal(told.server.requests.length, 15);
    const lines = messagesOf(told);
    assert.match(
      lines[0]!,
      /^null: 4 of the clusters were not named by a language model: 5 questions in a row/,
    );
    assert.equal(lines.length, 6);
    assert.match(lines[1]!, /^0: .* answers 500 \(3 tries\)/);
  });

  it("a server that hangs is given up after the time of a call, and all of them after the time of a run", async () => {
    const slow = await name(() => ({ silent: true }), {
      clusters: [THREE[0]!],
      env: { RECLUSTER_LABEL_CALL_SECONDS: "1", RECLUSTER_LABEL_SECONDS: "2" },
    });
    assert.deepEqual(labelsOf(slow), [null]);
    assert.match(messagesOf(slow).join(), /did not answer within 1 s and there is no time to try again/);
    assert.ok(slow.server.requests.length <= 2);
    const late = await name(() => ({ silent: true }), { msLeft: 100 });
    assert.deepEqual(labelsOf(late), [null, null, null]);
    assert.match(
      messagesOf(late).join(),
      /^null: 3 of the clusters were not named .*(the time for names was over|there is no time to try again)/,
    );
  });

  it("ends at once when the run is ended, and leaves no request behind", async () => {
    const server = await startLabelServer(() => ({ silent: true }));
    const ended = new AbortController();
    const naming = nameAt(server, { signal: ended.signal });
    while (server.requests.length < 3) await new Promise((later) => setImmediate(later));
    ended.abort("canceled");
    assert.match(messagesOf(await naming).join(), /the run was ended/);
    while (server.abandoned < 3) await new Promise((later) => setImmediate(later));
    assert.equal(server.requests.length, 3);
    await server.close();
  });

  it("a connection that breaks, an answer without end, a redirect: told, and nothing follows the redirect", async () => {
    const broken = await name(() => ({ hangUp: true }), {
      clusters: [THREE[0]!],
      env: { RECLUSTER_LABEL_SECONDS: "5" },
    });
    assert.match(messagesOf(broken).join(), /cannot be reached \(3 tries\)/);
    const long = await name(() => ({ text: "x".repeat(2 * 1024 * 1024) }), { clusters: [THREE[0]!] });
    assert.match(messagesOf(long).join(), /answers more than a label takes/);
    const other = await startLabelServer();
    const moved = await name(
      () => ({ status: 307, headers: { location: `${other.urls.openai}/chat/completions` } }),
      { clusters: [THREE[0]!] },
    );
    assert.match(messagesOf(moved).join(), /answers 307, a redirect, which is not followed/);
    assert.deepEqual(other.requests, []);
    await other.close();
  });

  it("without a key nothing is sent, and the reason names the variable", async () => {
    const server = await startLabelServer();
    for (const [env, said] of [
      [{}, /none of OPENAI_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY, ANTHROPIC_API_KEY/],
      [{ ANTHROPIC_API_KEY: KEY }, /no key for openai \(OPENAI_API_KEY\)/],
    ] as const) {
      const provider = Object.keys(env).length > 0 ? "openai" : null;
      const { labeling } = toLabels({ enabled: true, provider }, []);
      const answer = await nameClusters(
        { db: database.db, clock, logger: silentLogger, config: { labels: readLabelsConfig(env) } },
        { namespaceId: tenant.namespaceId, runId: "run_1" },
        { labeling: labeling!, clusters: THREE },
        { signal: new AbortController().signal, msLeft: 60_000 },
      );
      assert.deepEqual(labelsOf(answer), [null, null, null]);
      assert.match(messagesOf(answer).join(), said);
    }
    assert.deepEqual(server.requests, []);
    await server.close();
  });

  it("an address without a key gets no key", async () => {
    const told = await name(() => undefined, { env: { OPENAI_API_KEY: "" } });
    assert.deepEqual(told.errors, []);
    assert.deepEqual([...new Set(told.server.requests.map(({ key }) => key))], [undefined]);
  });

  it("an answer that breaks a rule is asked for once more with the reason, and then told", async () => {
    const label = (text: string) => ({ answer: { label: text, summary: "s", keywords: ["k"] } });
    const once = await name((_, number) => label(number === 0 ? "see https://evil.example" : "Cats"), {
      clusters: [THREE[0]!],
    });
    assert.deepEqual(labelsOf(once), ["Cats"]);
    assert.match(once.server.requests[1]!.instructions, /could not be used: the label has an address/);
    const twice = await name(() => label("x".repeat(81)), { clusters: [THREE[0]!] });
    assert.equal(twice.server.requests.length, 2);
    assert.match(messagesOf(twice).join(), /cannot be used: the label is longer than 80 characters/);
  });

  it("clusters without anything to show are not asked about", async () => {
    const told = await name(() => undefined, { clusters: [cluster(0), cluster(1, "dogs bark")] });
    assert.equal(told.server.requests.length, 1);
    assert.deepEqual(labelsOf(told), [null, "About dogs bark"]);
    assert.match(messagesOf(told).join(), /^0: its documents have neither/);
  });
});

describe("names that are alike", () => {
  const alike: ModelAnswer = { answer: { label: "Pets", summary: "s", keywords: ["pet"] } };

  it("are asked for again together, with the samples of both, and others are left alone", async () => {
    const told = await name(({ data }) =>
      data.groups
        ? {
            answer: {
              names: data.groups.map(({ id, samples }: any) => ({
                id,
                label: `Pets: ${samples[0]}`,
                summary: "s",
                keywords: [],
              })),
            },
          }
        : data.group.samples[0] === "birds sing"
          ? undefined
          : alike,
    );
    assert.deepEqual(labelsOf(told), ["Pets: cats sleep", "Pets: dogs bark", "About birds sing"]);
    assert.equal(told.server.requests.length, 4);
    assert.deepEqual(told.server.requests[3]!.data.groups, [
      {
        id: "g1",
        name: "Pets",
        documents: 10,
        keywords: ["cats", "sleep"],
        samples: ["cats sleep", "cats eat"],
      },
      {
        id: "g2",
        name: "Pets",
        documents: 20,
        keywords: ["dogs", "bark"],
        samples: ["dogs bark", "dogs run"],
      },
    ]);
  });

  it("stay where the model tells none apart, and the reason is told", async () => {
    const told = await name(({ data }) =>
      data.groups
        ? {
            answer: {
              names: data.groups.map(({ id }: any) => ({ id, label: "pets!", summary: "s", keywords: [] })),
            },
          }
        : alike,
    );
    assert.deepEqual(labelsOf(told), ["Pets", "Pets", "Pets"]);
    assert.match(messagesOf(told).join(), /^0: its name is like that of others .* still alike/);
    const missing = await name(({ data }) =>
      data.groups ? { answer: { names: [null, { id: "g9" }] } } : alike,
    );
    assert.match(messagesOf(missing).join(), /the answer has no name for g1/);
  });

  it("stay where there is no time left to tell them apart, and the reason is told", async () => {
    const told = await name(({ data }) =>
      data.groups ? { status: 429, headers: { "retry-after": "7200" } } : alike,
    );
    assert.deepEqual(labelsOf(told), ["Pets", "Pets", "Pets"]);
    assert.match(
      messagesOf(told).join(),
      /^null: Names that are alike were not told apart by the model: .* 429 /,
    );
  });

  it("clusters beside each other are asked about together, too, if that is wanted", async () => {
    const clusters = [{ ...THREE[0]!, partner: 2 }, THREE[1]!, { ...THREE[2]!, partner: 0 }];
    const told = await name(() => undefined, { clusters });
    assert.deepEqual(labelsOf(told), ["About cats sleep g1", "About dogs bark", "About birds sing g2"]);
  });

  it("are told apart from the label that a cluster keeps, which is shown and not asked for", async () => {
    const clusters = [{ ...THREE[0]!, keptLabel: "Pets" }, THREE[1]!, { ...THREE[2]!, keptLabel: "Birds" }];
    const told = await name(({ data }) => (data.groups ? undefined : alike), { clusters });
    assert.deepEqual(labelsOf(told), [null, "About dogs bark g2", null]);
    assert.deepEqual(told.errors, []);
    const [first, second, ...more] = told.server.requests;
    assert.equal(first!.data.group.samples[0], "dogs bark");
    assert.deepEqual(
      second!.data.groups.map(({ id, name: shown, keeps_name }: any) => [id, shown, keeps_name]),
      [
        ["g1", "Pets", true],
        ["g2", "Pets", undefined],
      ],
    );
    assert.match(second!.instructions, /keeps_name keep their names/);
    assert.deepEqual(more, []);
  });

  it("that are kept are not asked about, alike or not", async () => {
    const clusters = [THREE[0]!, ...THREE.slice(1).map((one) => ({ ...one, keptLabel: "Pets" }))];
    const told = await name(() => undefined, { clusters });
    assert.deepEqual(labelsOf(told), ["About cats sleep", null, null]);
    assert.equal(told.server.requests.length, 1);
    assert.doesNotMatch(told.server.requests[0]!.instructions, /keeps_name/);
  });

  it("stay where the model gives the kept one again, told of the cluster that is called so", async () => {
    const clusters = [{ ...THREE[0]!, keptLabel: "Pets" }, THREE[1]!];
    const again = (id: string) => ({ id, label: "pet", summary: "s", keywords: [] });
    const told = await name(
      ({ data }) => (data.groups ? { answer: { names: [again("g1"), again("g2")] } } : alike),
      { clusters },
    );
    assert.deepEqual(labelsOf(told), [null, "Pets"]);
    assert.deepEqual(messagesOf(told).length, 1);
    assert.match(messagesOf(told)[0]!, /^1: its name is like that of others .* still alike/);
  });

  it("many of one name are asked about in parts of six at most, none alone", async () => {
    const clusters = Array.from({ length: 13 }, (_, i) => cluster(i, `word${i} other${i}`));
    const told = await name(({ data }) => (data.groups ? undefined : alike), { clusters });
    const sizes = told.server.requests
      .filter(({ data }) => data.groups)
      .map(({ data }) => data.groups.length);
    assert.deepEqual(sizes.sort(), [4, 4, 5]);
    assert.equal(new Set(labelsOf(told)).size, 13);
  });
});

describe("answers that are kept", () => {
  const labeling = { cache_ttl_seconds: 3600 };
  it("are used for the same content within their time, in the same namespace, and for nothing else", async () => {
    const server = await startLabelServer();
    const other = await createTenant(database.db);
    const count = async (naming: Naming = {}) => {
      const before = server.requests.length;
      const answer = await nameAt(server, {
        clusters: [THREE[0]!],
        ...naming,
        labeling: { ...labeling, ...naming.labeling },
      });
      assert.deepEqual(labelsOf(answer), ["About cats sleep"]);
      return server.requests.length - before;
    };
    assert.equal(await count(), 1);
    assert.equal(await count(), 0);
    assert.equal(await count({ namespaceId: other.namespaceId }), 1, "another tenant's is not looked at");
    assert.equal(await count({ labeling: { custom_prompt: "Shorter." } }), 1);
    assert.equal(await count({ labeling: { model_name: "gpt-4.1-2025-04-14" } }), 1);
    assert.equal(await count({ labeling: { parameters: { temperature: 1 } } }), 1);
    assert.equal(await count({ clusters: [cluster(0, "cats sleep", "cats drink")] }), 1);
    assert.equal(await count({ labeling: { cache_ttl_seconds: 0 } }), 1, "0 asks anew");
    clock.instant = addMs(clock.instant, 1_800_000);
    assert.equal(await count(), 0);
    assert.equal(
      await count({ labeling: { cache_ttl_seconds: 600 } }),
      1,
      "too old for who wants it fresher",
    );
    clock.instant = addMs(clock.instant, 3_600_001);
    assert.equal(await count(), 1);
    await server.close();
  });

  it("hold no text of documents, and go when their time is over", async () => {
    clock.instant = addMs(clock.instant, 10 * 3_600_000);
    await name(() => undefined, { labeling });
    const rows = await database.db.sql.selectFrom("label_answers").selectAll().execute();
    assert.equal(rows.length, 3);
    assert.ok(rows.every(({ expires_at }) => expires_at > clock.instant));
    assert.doesNotMatch(JSON.stringify(rows), /cats eat|dogs run/);
  });

  it("are not the failures", async () => {
    const clusters = [cluster(0, "newts crawl")];
    await name(() => ({ text: "no" }), { clusters, labeling });
    const told = await name(() => undefined, { clusters, labeling });
    assert.deepEqual(labelsOf(told), ["About newts crawl"]);
  });

  it("are of the namespace, and go with it", async () => {
    const other = await createTenant(database.db);
    await name(() => undefined, { labeling, namespaceId: other.namespaceId });
    await database.db.sql.deleteFrom("namespaces").where("namespace_id", "=", other.namespaceId).execute();
    const rows = await database.db.sql
      .selectFrom("label_answers")
      .selectAll()
      .where("namespace_id", "=", other.namespaceId)
      .execute();
    assert.deepEqual(rows, []);
  });
});
