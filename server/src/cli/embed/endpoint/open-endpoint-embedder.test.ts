import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import {
  type Answer,
  type EmbeddingEndpoint,
  type EmbeddingRequest,
  endpointVector,
  startEmbeddingEndpoint,
  usualAnswer,
} from "../../../../../test/factories/embedding-endpoint.ts";
import { CommandError } from "../../explain-failure.ts";
import { type EndpointOptions, openEndpointEmbedder } from "./open-endpoint-embedder.ts";

const KEY = "sk-very-secret-0123456789";
const endpoints: EmbeddingEndpoint[] = [];
after(() => Promise.all(endpoints.map((endpoint) => endpoint.close())));

type Script = (request: EmbeddingRequest, number: number) => Answer | undefined | Promise<Answer | undefined>;

async function start(script?: Script): Promise<EmbeddingEndpoint> {
  const endpoint = await startEmbeddingEndpoint(script);
  endpoints.push(endpoint);
  return endpoint;
}

async function embedderOf(script?: Script, options: Partial<EndpointOptions> = {}) {
  const endpoint = await start(script);
  const embedder = await openEndpointEmbedder({ url: endpoint.url, model: "m", apiKey: KEY, ...options });
  return { endpoint, embedder };
}

/** That opening fails with this message, which is for the user and has no key in it. */
async function refuses(
  script: Script | undefined,
  message: RegExp,
  options: Partial<EndpointOptions> = {},
): Promise<EmbeddingEndpoint> {
  const endpoint = await start(script);
  await assert.rejects(
    openEndpointEmbedder({ url: endpoint.url, model: "m", apiKey: KEY, ...options }),
    told(message),
  );
  return endpoint;
}

function told(message: RegExp) {
  return (error: Error) => {
    assert.ok(error instanceof CommandError, error.stack);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  };
}

const letters = (count: number) => Array.from({ length: count }, (_, index) => "x".repeat(index + 1));
const vectors = (texts: readonly string[]) =>
  texts.map((text) => ({ vector: endpointVector(text), cut: false }));

describe("an OpenAI-compatible endpoint", () => {
  it("gives each text its vector, though answers come in another order and as base64", async () => {
    const { endpoint, embedder } = await embedderOf();
    assert.equal(embedder.dimensions, 3);
    assert.match(embedder.name, /^m at 127\.0\.0\.1:\d+$/);
    let done = 0;
    const texts = letters(100);
    assert.deepEqual(await embedder.embed(texts, (count) => (done += count)), vectors(texts));
    assert.equal(done, 100);
    assert.deepEqual(endpoint.requests.map(({ input }) => input.length).sort(), [1, 32, 32, 32, 4].sort());
    for (const { model, encoding_format, authorization } of endpoint.requests) {
      assert.deepEqual([model, encoding_format, authorization], ["m", "base64", `Bearer ${KEY}`]);
    }
  });

  it("asks for plain numbers where base64 is refused, and needs no key", async () => {
    const { endpoint, embedder } = await embedderOf(
      ({ encoding_format }) =>
        encoding_format ? { status: 422, body: { detail: "encoding_format: extra field" } } : undefined,
      { apiKey: undefined as never },
    );
    assert.deepEqual(await embedder.embed(["one", "three"]), vectors(["one", "three"]));
    assert.deepEqual(
      endpoint.requests.map(({ encoding_format, authorization }) => [encoding_format, authorization]),
      [["base64", undefined], [undefined, undefined], [undefined, undefined]], // prettier-ignore
    );
  });

  it("takes answers by their order when they have no index", async () => {
    const { embedder } = await embedderOf(({ input }) => ({
      body: { data: input.map((text) => ({ embedding: [...endpointVector(text)] })) },
    }));
    assert.deepEqual(await embedder.embed(["one", "three"]), vectors(["one", "three"]));
  });

  it("has so many requests under way and no more", async () => {
    const waiting: (() => void)[] = [];
    const { endpoint, embedder } = await embedderOf(
      async (_, number) => {
        if (number === 0) return undefined;
        // Answers nothing until three are there: they are under way together.
        const together = new Promise<void>((go) => waiting.push(go));
        if (waiting.length === 3) waiting.splice(0).forEach((go) => go());
        await together;
        return undefined;
      },
      { batchTexts: 2, inFlight: 3 },
    );
    const texts = letters(18);
    assert.deepEqual(await embedder.embed(texts), vectors(texts));
    assert.equal(endpoint.mostAtATime, 3);
    assert.equal(endpoint.requests.length, 10);
  });

  it("cuts requests by characters too", async () => {
    const { endpoint, embedder } = await embedderOf();
    await embedder.embed(Array.from({ length: 4 }, () => "y".repeat(60_000)));
    assert.deepEqual(
      endpoint.requests.map(({ input }) => input.length),
      [1, 2, 2],
    );
  });

  it("tries again what may pass: busy, broken, cut off, silent", async () => {
    const trouble: Answer[] = [
      { hangUp: true },
      { silent: true },
      { status: 429, headers: { "retry-after-ms": "2" }, body: { error: { message: "slow down" } } },
      { status: 503, headers: { "retry-after": "0" }, body: "<html>" },
    ];
    const { endpoint, embedder } = await embedderOf(
      (_, number) => (number === 0 ? undefined : trouble[number - 1]),
      {
        timeoutMs: 1_500,
      },
    );
    assert.deepEqual(await embedder.embed(["one"]), vectors(["one"]));
    assert.ok(endpoint.requests.length >= 6, `${endpoint.requests.length} requests`);
  });

  it("gives up after some tries, and at once when it is asked to wait long", async () => {
    const busy = { status: 500, headers: { "retry-after": "0" }, body: { error: { message: `no, ${KEY}` } } };
    const endpoint = await refuses(() => busy, /\/v1\/embeddings answers 500: no, <key> \(9 tries\)\./);
    assert.equal(endpoint.requests.length, 9);
    const later = { status: 429, headers: { "retry-after": "3600" }, body: "" };
    await refuses(() => later, /answers 429\. It asks to wait 3600 s\./);
    const quota = { status: 429, body: { error: { message: "Pay.", code: "insufficient_quota" } } };
    assert.equal((await refuses(() => quota, /answers 429: Pay\./)).requests.length, 1);
  });

  it("names the text that is refused, and embeds the others", async () => {
    const { embedder } = await embedderOf(({ input }) =>
      input.some((text) => text.length > 10)
        ? { status: 400, body: { error: { message: "maximum context length is 10 tokens." } } }
        : undefined,
    );
    const texts = letters(12);
    const outcomes = await embedder.embed(texts);
    assert.deepEqual(outcomes.slice(0, 10), vectors(texts.slice(0, 10)));
    const refused = { refused: "the endpoint answers 400: maximum context length is 10 tokens" };
    assert.deepEqual(outcomes.slice(10), [refused, refused]);
  });

  it("refuses numbers that are not finite, with their text alone", async () => {
    const { embedder } = await embedderOf(({ input }) => ({
      body: { data: input.map((text) => ({ embedding: text === "odd" ? [1, null, 3] : [1, 2, 3] })) },
    }));
    const [odd, fine] = await embedder.embed(["odd", "fine"]);
    assert.match((odd as { refused: string }).refused, /not finite/);
    assert.deepEqual(fine, { vector: Float32Array.of(1, 2, 3), cut: false });
  });

  it("says at once what no text would pass", async () => {
    const error = (status: number, message: string) => () => ({ status, body: { error: { message } } });
    await refuses(
      error(401, `Incorrect API key provided: ${KEY}`),
      /401: .*<key>\. Check RECLUSTER_EMBED_API_KEY/,
    );
    await refuses(error(401, "no key"), /401: no key\. Set RECLUSTER_EMBED_API_KEY/, {
      apiKey: undefined as never,
    });
    await refuses(error(404, "model not found"), /404: model not found\. Check the URL.*model 'm'/);
    await refuses(error(400, "bad"), /refuses a first short text: .*400: bad/);
    await refuses(() => ({ body: "<html>" }), /something else than JSON/);
    await refuses(
      () => ({ status: 308, headers: { location: "http://127.0.0.1:1/" } }),
      /308.*points to http:\/\/127/,
    );
    await refuses(undefined, /takes an http or https URL/, { url: "localhost:1234" });
    await refuses(undefined, /user or password/, { url: "http://me:secret@localhost/v1" });
    const away = await start();
    await away.close();
    await refuses(undefined, /\/v1\/embeddings cannot be reached: .*ECONNREFUSED/, {
      url: `${away.url}?key=secret`,
    });
    await refuses(undefined, /--embed-dimensions 2: m answers vectors of 3 numbers all the same/, {
      dimensions: 2,
    });
  });

  it("does not take an answer that makes no sense", async () => {
    const asked = async (change: (data: any[]) => unknown, message: RegExp) => {
      const { embedder } = await embedderOf((request, number) =>
        number === 0 ? undefined : { body: { data: change(usualAnswer(request).data) } },
      );
      await assert.rejects(embedder.embed(["one", "three"]), told(message));
    };
    await asked((data) => data.slice(1), /1 embeddings came for 2 texts/);
    await asked((data) => [data[0], data[0]], /two embeddings have index 1/);
    await asked((data) => data.map((item) => ({ ...item, index: item.index + 1 })), /index 2 of 2 texts/);
    await asked(
      (data) => data.map((item) => ({ ...item, embedding: "AAAA" })),
      /3 bytes, which are no float32/,
    );
    await asked(
      (data) => data.map((item) => ({ ...item, embedding: {} })),
      /neither a list of numbers nor base64/,
    );
    await asked(
      (data) => data.map((item, at) => ({ ...item, embedding: [1, 2, 3].slice(at) })),
      /of 2 and of 3 numbers/,
    );
    await asked(
      (data) => data.map((item) => ({ ...item, embedding: [1, 2] })),
      /vectors of 2 numbers after one of 3/,
    );
    await asked(() => "none", /no list 'data'/);
  });

  it("ends what is under way when it is closed", async () => {
    const arrived = Promise.withResolvers<void>();
    const { embedder } = await embedderOf((_, number) => {
      if (number === 0) return undefined;
      arrived.resolve();
      return { silent: true };
    });
    const embedding = embedder.embed(["one"]);
    const failed = assert.rejects(embedding, /closed while it embedded/);
    await arrived.promise;
    await embedder.close();
    await failed;
  });
});
