import type { Labeling } from "../clusters/labeling.ts";
import type { LabelProvider, LabelsConfig, ModelEndpoint } from "../platform/config.ts";

/** A model and where it is. */
export interface ChosenModel {
  readonly provider: LabelProvider;
  readonly name: string;
  readonly endpoint: ModelEndpoint;
}

/** Each provider's small model of the contract, for who names none. */
const USUAL: Readonly<Record<LabelProvider, string>> = {
  openai: "gpt-4o-mini-2024-07-18",
  google: "gemini-2.5-flash",
  anthropic: "claude-3-5-haiku-20241022",
};

const KEYS: Readonly<Record<LabelProvider, string>> = {
  openai: "OPENAI_API_KEY",
  google: "GOOGLE_GENERATIVE_AI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
};

/** The environment variable that a provider's key is read from. */
export function keyName(provider: LabelProvider): string {
  return KEYS[provider];
}

/**
 * The model that the definition names, or else the server's (`RECLUSTER_LABEL_MODEL`), or else the usual one of the first
 * provider that has a key or an address. A text says why there is none.
 */
export function chooseModel({ model: wanted }: Labeling, config: LabelsConfig): ChosenModel | string {
  const { endpoints } = config;
  const configured = (Object.keys(endpoints) as LabelProvider[]).filter((provider) => {
    const { apiKey, baseUrl } = endpoints[provider];
    return apiKey !== undefined || baseUrl !== undefined;
  });
  const own = config.model;
  const provider = wanted?.provider ?? own?.provider ?? configured[0];
  if (provider === undefined) {
    const names = Object.values(KEYS).join(", ");
    return `no language model is set up on this server: it has none of ${names}`;
  }
  if (!configured.includes(provider)) return `this server has no key for ${provider} (${KEYS[provider]})`;
  const ownName = own?.provider === provider ? own.name : null;
  return { provider, name: wanted?.name ?? ownName ?? USUAL[provider], endpoint: endpoints[provider] };
}
