import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { CommandError } from "./explain-failure.ts";
import { type DraftFlags, triggerDraft } from "./trigger-draft.ts";

describe("flags that are a draft", () => {
  const good: [string, DraftFlags, object][] = [
    ["cron", { cron: "@daily", timezone: "Europe/Berlin" }, { cron_expression: "@daily", timezone: "Europe/Berlin" }],
    ["an interval", { every: "60" }, { interval_seconds: 60 }],
    ["a condition", { condition: "drift", threshold: "0.05" }, { condition_type: "drift", threshold: 0.05 }],
    [
      "a condition with every setting",
      {
        ...{ condition: "quality", metric: "davies_bouldin_degradation", threshold: "0.2", clearThreshold: "0.1" },
        ...{ every: "600", consecutiveBreaches: "3", minDocuments: "50" },
      },
      {
        ...{ condition_type: "quality", metric: "davies_bouldin_degradation", threshold: 0.2, clear_threshold: 0.1 },
        ...{ check_interval_seconds: 600, consecutive_breaches: 3, min_documents: 50 },
      },
    ],
    [
      "a condition that a URL is asked about",
      { condition: "custom", threshold: "-2", webhookUrl: "https://hooks.example/check" },
      { condition_type: "custom", threshold: -2, webhook_url: "https://hooks.example/check" },
    ],
    [
      "settings without a flag",
      { condition: "volume", threshold: "0", set: '{"end_at": "2027-01-01T00:00:00Z", "overlap": "allow"}' },
      { condition_type: "volume", threshold: 0, end_at: "2027-01-01T00:00:00Z", overlap: "allow" },
    ],
    ["a threshold in --set", { condition: "volume", set: '{"threshold": 0.5}' }, { condition_type: "volume", threshold: 0.5 }],
  ]; // prettier-ignore
  for (const [name, flags, config] of good)
    it(name, () => assert.deepEqual(triggerDraft(flags).schedule_config, config));
});

describe("flags that are none", () => {
  const condition = { condition: "volume", threshold: "0.2" };
  const wrong: [string, DraftFlags, RegExp][] = [
    ["no type", {}, /Give --cron.*--every.*--condition drift --threshold/],
    ["two types", { cron: "@daily", every: "60" }, /one type: give --cron or --every, not both/],
    ["two types", { cron: "@daily", ...condition }, /one type: give --cron or --condition, not both/],
    ["a zone of a condition", { ...condition, timezone: "UTC" }, /--timezone and --dst go with --cron/],
    ["a threshold without a condition", { every: "60", threshold: "0.2" }, /^--threshold goes with --condition.*drift, volume, quality, custom/],
    ["a URL with a cron", { cron: "@daily", webhookUrl: "https://x" }, /^--webhook-url goes with --condition/],
    ["an unknown kind", { ...condition, condition: "drif" }, /--condition is 'drif'; did you mean 'drift'\? There are drift, volume/],
    ["a kind that is far off", { ...condition, condition: "toString" }, /'toString'; there are drift, volume, quality, custom/],
    ["a metric in place of a kind", { ...condition, condition: "mmd" }, /--condition is 'mmd'/],
    ["no threshold", { condition: "drift" }, /--condition drift needs --threshold, the value at which it is met, from 0 to 1/],
    ["no threshold of a URL's", { condition: "custom", webhookUrl: "https://x" }, /needs --threshold, the value at which it is met\.$/],
    ["no number", { ...condition, threshold: "a lot" }, /^--threshold takes a number, not 'a lot'/],
    ["an empty number", { ...condition, clearThreshold: "" }, /^--clear-threshold takes a number, not ''/],
    ["half a document", { ...condition, minDocuments: "0.5" }, /^--min-documents takes a whole number, not '0.5'/],
    ["an empty interval of checks", { ...condition, every: "" }, /^--every takes a whole number, not ''/],
    ["a metric of another kind", { ...condition, metric: "mmd" }, /--metric is 'mmd'; --condition volume is measured by volume_change\./],
    ["a metric with a letter too few", { condition: "drift", threshold: "0.1", metric: "cosine_drif" }, /did you mean 'cosine_drift'\? --condition drift is measured by embedding_drift, cosine_drift/],
    ["a URL that nobody asks", { ...condition, webhookUrl: "https://x" }, /--webhook-url goes with --condition custom; 'volume' is measured by the server/],
    ["nobody to ask", { condition: "custom", threshold: "1" }, /needs --webhook-url, which is asked whether it is met/],
    ["settings that are no JSON", { ...condition, set: "end_at=never" }, /--set is 'end_at=never'; it takes a JSON object/],
    ["a setting twice", { ...condition, set: '{"threshold": 0.3}' }, /'threshold' is given by its flag and by --set/],
  ]; // prettier-ignore
  for (const [name, flags, message] of wrong) {
    it(`${name}: ${message.source}`, () =>
      assert.throws(
        () => triggerDraft(flags),
        (error) => {
          assert.ok(error instanceof CommandError, String(error));
          assert.match(error.message, message);
          return true;
        },
      ));
  }
});
