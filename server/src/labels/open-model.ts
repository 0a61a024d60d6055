import type { LanguageModelV4 } from "@ai-sdk/provider";

import type { ChosenModel } from "./choose-model.ts";
import { guardedFetch } from "./guarded-fetch.ts";

/** Given always, so that the SDK does not look for them in the environment. */
const BASE_URLS = {
  openai: "https://api.openai.com/v1",
  google: "https://generativelanguage.googleapis.com/v1beta",
  anthropic: "https://api.anthropic.com/v1",
} as const;

/**
 * The model behind its provider's protocol: OpenAI's chat completions (which the servers that call themselves compatible speak, too),
 * Google's generateContent, Anthropic's messages. The SDK is loaded when the first model is opened: 200 ms that a server without labels
 * by a model does not spend.
 */
export async function openModel({ provider, name, endpoint }: ChosenModel): Promise<LanguageModelV4> {
  const { apiKey, baseUrl = BASE_URLS[provider] } = endpoint;
  const settings = { baseURL: baseUrl, apiKey: apiKey ?? "none", fetch: guardedFetch(apiKey !== undefined) };
  switch (provider) {
    case "openai": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      return createOpenAI(settings).chat(name);
    }
    case "google": {
      const { createGoogle } = await import("@ai-sdk/google");
      return createGoogle(settings)(name);
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return createAnthropic(settings)(name);
    }
  }
}
