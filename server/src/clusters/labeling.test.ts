import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { AppError, ValidationFailed } from "../platform/app-error.ts";
import { labelingAnswer, toLabels } from "./labeling.ts";

const on = (fields: object = {}) => toLabels({ enabled: true, ...fields }, ["body"]).labeling!;

function refused(fields: object): string {
  try {
    on(fields);
  } catch (error) {
    if (error instanceof ValidationFailed) {
      return error.faults.map(({ loc, type, msg }) => `${loc.join(".")} ${type}: ${msg}`).join("\n");
    }
    if (error instanceof AppError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("llm_labeling", () => {
  it("has the contract's defaults, in the definition and in answers", () => {
    assert.deepEqual(on(), {
      model: null,
      includeSummary: true,
      includeKeywords: true,
      samples: 10,
      sampleLength: 200,
      centresAlike: null,
      cacheSeconds: 604_800,
      prompt: null,
      context: {},
      parameters: {},
    });
    assert.deepEqual(labelingAnswer({ enabled: true, model_name: "gpt-4o-2024-08-06" }), {
      enabled: true,
      labeling_inputs: null,
      provider: null,
      model_name: "gpt-4o-2024-08-06",
      include_summary: true,
      include_keywords: true,
      max_samples_per_cluster: 10,
      sample_text_max_length: 200,
      use_embedding_dedup: false,
      embedding_similarity_threshold: 0.8,
      cache_ttl_seconds: 604_800,
      custom_prompt: null,
      response_shape: null,
      parameters: {},
    });
    assert.equal(labelingAnswer(null), null);
  });

  it("is no labeling unless enabled, and its inputs count all the same", () => {
    assert.deepEqual(toLabels(null, []), { labelPaths: null });
    const labeling_inputs = { input_mappings: [{ input_key: "t", path: "meta.name" }] };
    assert.deepEqual(toLabels({ labeling_inputs, response_shape: "x" }, []), { labelPaths: ["meta.name"] });
    assert.deepEqual(toLabels({ enabled: true, labeling_inputs }, []).labelPaths, ["meta.name"]);
  });

  it("takes every model of the contract, and tells the provider of those it knows", () => {
    const models = {
      openai: [
        "gpt-4o-2024-08-06",
        "gpt-4o-mini-2024-07-18",
        "gpt-4.1-2025-04-14",
        "gpt-4.1-mini-2025-04-14",
        "o3-mini-2025-01-31",
      ],
      google: ["gemini-2.5-flash", "gemini-2.5-pro"],
      anthropic: ["claude-3-5-sonnet-20241022", "claude-3-5-haiku-20241022"],
    };
    for (const [provider, names] of Object.entries(models)) {
      for (const name of names) assert.deepEqual(on({ model_name: name }).model, { provider, name });
    }
    assert.deepEqual(on({ provider: "google" }).model, { provider: "google", name: null });
    const name = "qwen/qwen3:8b";
    assert.deepEqual(on({ provider: "openai", model_name: name }).model, { provider: "openai", name });
    assert.match(refused({ model_name: name }), /^body.provider missing: .*does not tell whose model/);
    assert.match(refused({ provider: "acme" }), /^body.provider enum: .*'openai', 'google', 'anthropic'/);
    for (const bad of ["", "a b", "../x", "a?b", "x".repeat(201), "a\nb"]) {
      assert.match(
        refused({ provider: "openai", model_name: bad }),
        /^body.model_name string_pattern_mismatch/,
      );
    }
  });

  it("holds the contract's bounds", () => {
    for (const [field, least, most, step] of [
      ["max_samples_per_cluster", 1, 20, 1],
      ["sample_text_max_length", 50, 500, 1],
      ["embedding_similarity_threshold", 0.5, 1, 0.1],
      ["cache_ttl_seconds", 0, 2_592_000, 1],
    ] as const) {
      for (const value of [least, most]) assert.ok(on({ [field]: value }));
      for (const value of [least - step, most + step]) {
        assert.match(refused({ [field]: value }), new RegExp(`^body.${field} (greater|less)_than_equal`));
      }
    }
    assert.equal(on({ use_embedding_dedup: true, embedding_similarity_threshold: 0.9 }).centresAlike, 0.9);
    assert.match(refused({ custom_prompt: "x".repeat(4001) }), /^body.custom_prompt string_too_long/);
    assert.match(refused({ max_samples_per_clusters: 1 }), /did you mean/);
  });

  it("takes parameters that every provider has a name for, and refuses others", () => {
    const parameters = { temperature: 0, top_p: 0.9, top_k: 40, max_tokens: 200, seed: 1, json_output: true };
    assert.deepEqual(on({ parameters }).parameters, {
      ...{ temperature: 0, topP: 0.9, topK: 40, maxOutputTokens: 200, seed: 1 },
    });
    assert.match(
      refused({ parameters: { temprature: 0 } }),
      /body.parameters.temprature extra_forbidden: .*'temperature'/,
    );
    assert.match(refused({ parameters: { temperature: 3 } }), /less_than_equal/);
    assert.match(refused({ parameters: { json_output: false } }), /^not_supported/);
  });

  it("takes literals for every cluster alike; vectors and overrides of paths are not built", () => {
    const inputs = (...input_mappings: object[]) => ({ labeling_inputs: { input_mappings } });
    const literal = { input_key: "shop", source_type: "literal", override: "pets" };
    assert.deepEqual(on(inputs(literal, { ...literal, input_key: "n", override: 3 })).context, {
      shop: "pets",
      n: "3",
    });
    assert.equal(toLabels({ enabled: true, ...inputs(literal) }, []).labelPaths, null);
    assert.match(refused(inputs({ ...literal, override: null })), /input_mappings.0.override missing/);
    assert.match(refused(inputs({ ...literal, override: "x".repeat(2001) })), /override string_too_long/);
    assert.match(refused(inputs({ input_key: "v", source_type: "vector" })), /^not_supported/);
    assert.match(refused(inputs({ input_key: "v", path: "a", override: 1 })), /^not_supported/);
    assert.match(refused({ response_shape: "category" }), /^not_supported: llm_labeling.response_shape/);
  });
});
