import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type EmbedFlags, type EndpointPlan, readEmbedFlags } from "./embed-options.ts";

const URL_FLAGS = { embedUrl: "https://vectors.example/v1", embedModel: "m" };
const keyOf = (flags: EmbedFlags, env: NodeJS.ProcessEnv) =>
  (readEmbedFlags(flags, env)!.model as EndpointPlan).apiKey;

describe("flags for embedding", () => {
  it("are none unless one asks for it", () => {
    assert.equal(
      readEmbedFlags({}, { RECLUSTER_EMBED_URL: "https://vectors.example/v1", OPENAI_API_KEY: "k" }),
      undefined,
    );
  });

  it("have defaults", () => {
    assert.deepEqual(readEmbedFlags({ embed: "minilm" }, {}), {
      model: { kind: "local", folder: "minilm" },
      feature: "text",
      textPaths: ["title", "text", "content"],
      skipEmpty: false,
      prefix: undefined,
    });
    assert.deepEqual(
      readEmbedFlags(
        { embedModel: "m", embedBatch: "8", embedInFlight: "2", embedDimensions: "256", textColumns: "a, b.c,", feature: "f", skipEmpty: true, embedPrefix: "" },
        { RECLUSTER_EMBED_URL: "http://127.0.0.1:11434/v1" },
      ), // prettier-ignore
      {
        model: { kind: "endpoint", url: "http://127.0.0.1:11434/v1", model: "m", batchTexts: 8, inFlight: 2, dimensions: 256 },
        feature: "f",
        textPaths: ["a", "b.c"],
        skipEmpty: true,
        prefix: "",
      }, // prettier-ignore
    );
  });

  it("hand OpenAI's key to OpenAI only, and our own to whom the user names", () => {
    const env = { OPENAI_API_KEY: "theirs" };
    assert.equal(keyOf({ ...URL_FLAGS, embedUrl: "https://api.openai.com/v1" }, env), "theirs");
    assert.equal(keyOf({ ...URL_FLAGS, embedUrl: "https://eu.api.openai.com/v1" }, env), "theirs");
    assert.equal(keyOf({ ...URL_FLAGS, embedUrl: "https://notopenai.com/v1" }, env), undefined);
    assert.equal(keyOf(URL_FLAGS, env), undefined);
    assert.equal(keyOf(URL_FLAGS, { ...env, RECLUSTER_EMBED_API_KEY: "ours" }), "ours");
  });

  it("that do not go together are refused by name", () => {
    const refused: [EmbedFlags, RegExp][] = [
      [{ embed: "f", ...URL_FLAGS }, /--embed computes .*: give one/],
      [{ embed: "f", embedModel: "m" }, /--embed-model is about --embed-url, not --embed/],
      [{ embedUrl: "https://x/v1" }, /--embed-url needs --embed-model/],
      [{ embedModel: "m" }, /--embed-model needs --embed-url or RECLUSTER_EMBED_URL/],
      [{ textColumns: "a" }, /--text-columns is about --embed or --embed-url/],
      [{ feature: "a" }, /--feature is about/],
      [{ ...URL_FLAGS, embedPooling: "cls" }, /--embed-pooling is about --embed, not/],
      [{ embed: "f", embedPooling: "median" }, /mean, cls, max, last, not 'median'/],
      [{ embed: "f", embedMaxTokens: "3" }, /--embed-max-tokens takes a whole number from 4 to/],
      [{ ...URL_FLAGS, embedBatch: "0x8" }, /--embed-batch takes a whole number from 1 to 2048, not '0x8'/],
      [{ embed: "f", textColumns: " , " }, /--text-columns takes names/],
    ];
    for (const [flags, message] of refused) assert.throws(() => readEmbedFlags(flags, {}), message);
  });
});
