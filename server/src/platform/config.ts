import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { readAllowList, type AllowList } from "./outgoing/allow-list.ts";
import { isSigningSecret } from "./outgoing/sign-request.ts";

export const ROLES = ["api", "scheduler", "worker"] as const;
export type Role = (typeof ROLES)[number];

/** Limits of what users may ask for; `hosted` are the hosted service's. */
export interface Limits {
  readonly minIntervalSeconds: number;
  readonly minCheckSeconds: number;
  readonly maxActiveTriggers: number | null;
  /** Failures in a row after which a trigger fails. */
  readonly failuresToFail: number;
  /** How long a failed trigger on probation pauses before its trial run. */
  readonly probationSeconds: number;
}

/** What a namespace may hold, by the names they have on the wire; null: as much as there is room for. */
export interface Quotas {
  readonly max_documents: number | null;
  /** Of payloads as text, and four for each number of a vector. */
  readonly max_bytes: number | null;
  /** Of each feature. */
  readonly max_dimensions: number | null;
  readonly max_documents_per_second: number | null;
}

export const NO_QUOTAS: Quotas = {
  max_documents: null,
  max_bytes: null,
  max_dimensions: null,
  max_documents_per_second: null,
};

export const LABEL_PROVIDERS = ["openai", "google", "anthropic"] as const;
export type LabelProvider = (typeof LABEL_PROVIDERS)[number];

/** How one provider of language models is reached; with neither it is not used. */
export interface ModelEndpoint {
  readonly apiKey: string | undefined;
  /** Another server that speaks the provider's protocol; undefined: the provider's own. */
  readonly baseUrl: string | undefined;
}

/** Language models that name clusters. Nothing is sent to one unless a definition asks for it. */
export interface LabelsConfig {
  readonly endpoints: Readonly<Record<LabelProvider, ModelEndpoint>>;
  /** For definitions that name none. */
  readonly model: { readonly provider: LabelProvider; readonly name: string } | null;
  /** Requests at a time of one run, the longest that one may take, and all of them together. */
  readonly atOnce: number;
  readonly callMs: number;
  readonly runMs: number;
}

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataFolder: string;
  readonly storageFolder: string;
  readonly databaseUrl: string | undefined;
  readonly databaseConnections: number;
  readonly databaseWaitMs: number;
  readonly roles: readonly Role[];
  readonly apiKey: string | undefined;
  /** A request of whose body nothing more arrives for so long is ended. */
  readonly bodyStallMs: number;
  readonly limits: Limits;
  /** Of namespaces that have none of their own. */
  readonly quotas: Quotas;
  readonly logLevel: string;
  /** Runs computed at once by this process. */
  readonly runsAtOnce: number;
  /** Resident memory a run's process may reach before it is ended. */
  readonly runMemoryBytes: number;
  readonly runSeconds: number;
  /** Completed runs of each cluster, the newest, whose data can be read again. */
  readonly keepSnapshots: number;
  /** Decisions, and changes of state, older than this are removed; null: never. */
  readonly keepDecisionsDays: number | null;
  readonly keepChangesDays: number | null;
  /** Where requests to URLs that users give may go beside public addresses. */
  readonly allowOutgoing: AllowList;
  /** What they are signed with; without it one is made and kept. */
  readonly signingSecret: string | undefined;
  readonly labels: LabelsConfig;
}

export class ConfigError extends Error {}

const OPEN_LIMITS: Limits = {
  minIntervalSeconds: 1,
  minCheckSeconds: 10,
  maxActiveTriggers: null,
  failuresToFail: 5,
  probationSeconds: 3600,
};
const HOSTED_LIMITS: Limits = {
  ...OPEN_LIMITS,
  minIntervalSeconds: 300,
  minCheckSeconds: 300,
  maxActiveTriggers: 50,
};

/** Flags of `recluster serve`, by name without dashes; each overrides its environment variable. */
export type Flags = Partial<Record<"port" | "host" | "data-dir" | "roles", string>>;

/** Reads the configuration from flags and environment; throws ConfigError that names the setting and what it takes. */
export function readConfig(env: NodeJS.ProcessEnv, flags: Flags = {}): Config {
  const dataFolder = resolve(flags["data-dir"] ?? env.RECLUSTER_DATA_DIR ?? join(homedir(), ".recluster"));
  return {
    port: integer("RECLUSTER_PORT (--port)", flags.port ?? env.RECLUSTER_PORT, 7171, 0, 65_535),
    host: flags.host ?? env.RECLUSTER_HOST ?? "127.0.0.1",
    dataFolder,
    storageFolder: storageFolder(env.RECLUSTER_STORAGE, dataFolder),
    databaseUrl: databaseUrl(env.DATABASE_URL),
    databaseConnections: integer(
      "RECLUSTER_DATABASE_CONNECTIONS",
      env.RECLUSTER_DATABASE_CONNECTIONS,
      10,
      2,
      1000,
    ),
    databaseWaitMs:
      1000 * integer("RECLUSTER_DATABASE_WAIT_SECONDS", env.RECLUSTER_DATABASE_WAIT_SECONDS, 30, 0, 3600),
    roles: roles(flags.roles ?? env.RECLUSTER_ROLES),
    apiKey: apiKey(env.RECLUSTER_API_KEY),
    bodyStallMs:
      1000 * integer("RECLUSTER_BODY_STALL_SECONDS", env.RECLUSTER_BODY_STALL_SECONDS, 60, 1, 86_400),
    limits: {
      ...limits(env.RECLUSTER_LIMITS),
      failuresToFail: integer("RECLUSTER_FAILURES_TO_FAIL", env.RECLUSTER_FAILURES_TO_FAIL, 5, 1, 1000),
      probationSeconds: integer(
        "RECLUSTER_PROBATION_SECONDS",
        env.RECLUSTER_PROBATION_SECONDS,
        3600,
        1,
        31_536_000,
      ),
    },
    quotas: quotas(env),
    keepDecisionsDays: days("RECLUSTER_KEEP_DECISIONS_DAYS", env.RECLUSTER_KEEP_DECISIONS_DAYS),
    keepChangesDays: days("RECLUSTER_KEEP_CHANGES_DAYS", env.RECLUSTER_KEEP_CHANGES_DAYS),
    logLevel: logLevel(env.RECLUSTER_LOG_LEVEL),
    runsAtOnce: integer("RECLUSTER_RUNS_AT_ONCE", env.RECLUSTER_RUNS_AT_ONCE, 1, 1, 64),
    runMemoryBytes:
      1024 * 1024 * integer("RECLUSTER_RUN_MEMORY_MB", env.RECLUSTER_RUN_MEMORY_MB, 4096, 128, 1_048_576),
    runSeconds: integer("RECLUSTER_RUN_SECONDS", env.RECLUSTER_RUN_SECONDS, 3600, 1, 604_800),
    allowOutgoing: allowOutgoing(env.RECLUSTER_ALLOW_OUTGOING),
    signingSecret: signingSecret(env.RECLUSTER_SIGNING_SECRET),
    keepSnapshots: integer("RECLUSTER_KEEP_SNAPSHOTS", env.RECLUSTER_KEEP_SNAPSHOTS, 1, 0, 1000),
    labels: readLabelsConfig(env),
  };
}

function integer(
  name: string,
  given: string | undefined,
  fallback: number,
  least: number,
  most: number,
): number {
  if (given === undefined || given === "") return fallback;
  // Number(" ") is 0 and Number("0x50") is 80: neither is what somebody meant.
  const value = /^\d+$/.test(given) ? Number(given) : NaN;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ConfigError(`${name} is '${given}'; it takes a whole number from ${least} to ${most}.`);
  }
  return value;
}

function days(name: string, given: string | undefined): number | null {
  return given === undefined || given === "" ? null : integer(name, given, 0, 1, 36_500);
}

function quotas(env: NodeJS.ProcessEnv): Quotas {
  const quota = (name: string, most = Number.MAX_SAFE_INTEGER) => {
    const given = env[name];
    return given === undefined || given === "" ? null : integer(name, given, 0, 1, most);
  };
  return {
    max_documents: quota("RECLUSTER_QUOTA_DOCUMENTS"),
    max_bytes: quota("RECLUSTER_QUOTA_BYTES"),
    max_dimensions: quota("RECLUSTER_QUOTA_DIMENSIONS"),
    max_documents_per_second: quota("RECLUSTER_QUOTA_DOCUMENTS_PER_SECOND", 1e9),
  };
}

/** Keys by the names that the providers' own clients read. */
export function readLabelsConfig(env: NodeJS.ProcessEnv): LabelsConfig {
  const endpoint = (key: string, baseUrl: string): ModelEndpoint => ({
    apiKey: modelKey(key, env[key]),
    baseUrl: modelUrl(baseUrl, env[baseUrl]),
  });
  const { RECLUSTER_LABEL_CALLS: calls, RECLUSTER_LABEL_SECONDS: seconds } = env;
  return {
    endpoints: {
      openai: endpoint("OPENAI_API_KEY", "RECLUSTER_OPENAI_BASE_URL"),
      google: endpoint("GOOGLE_GENERATIVE_AI_API_KEY", "RECLUSTER_GOOGLE_BASE_URL"),
      anthropic: endpoint("ANTHROPIC_API_KEY", "RECLUSTER_ANTHROPIC_BASE_URL"),
    },
    model: labelModel(env.RECLUSTER_LABEL_MODEL),
    atOnce: integer("RECLUSTER_LABEL_CALLS", calls, 4, 1, 64),
    callMs: 1000 * integer("RECLUSTER_LABEL_CALL_SECONDS", env.RECLUSTER_LABEL_CALL_SECONDS, 60, 1, 3600),
    runMs: 1000 * integer("RECLUSTER_LABEL_SECONDS", seconds, 600, 1, 86_400),
  };
}

/** A key travels in a header. It is not repeated in the message. */
function modelKey(name: string, given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (/^[\x21-\x7e]+$/.test(given)) return given;
  throw new ConfigError(`${name} has a space or a character that no key has. Copy the key alone.`);
}

function modelUrl(name: string, given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`${name} takes an http or https URL, for example http://127.0.0.1:11434/v1.`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ConfigError(`${name} takes a plain URL, without user, password, query or fragment.`);
  }
  return url.href.replace(/\/+$/, "");
}

function labelModel(given: string | undefined): LabelsConfig["model"] {
  if (given === undefined || given === "") return null;
  const [, name, model] = /^(\w+)\/(\S+)$/.exec(given) ?? [];
  const provider = LABEL_PROVIDERS.find((one) => one === name);
  if (provider && model !== undefined) return { provider, name: model };
  throw new ConfigError(
    `RECLUSTER_LABEL_MODEL is '${given}'; it takes a provider (${LABEL_PROVIDERS.join(", ")}), a slash, and a model's name.`,
  );
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

function logLevel(given: string | undefined): string {
  if (given === undefined || given === "") return "info";
  if (LOG_LEVELS.includes(given)) return given;
  throw new ConfigError(`RECLUSTER_LOG_LEVEL is '${given}'; it takes one of: ${LOG_LEVELS.join(", ")}.`);
}

/** Stored as an unsalted hash, so it must be too long to guess; it travels in a header. */
function apiKey(given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (/^[\x21-\x7e]{16,512}$/.test(given)) return given;
  throw new ConfigError(
    `RECLUSTER_API_KEY has ${given.length} characters; it takes 16 to 512 letters, digits and signs without spaces, best random ones.`,
  );
}

function allowOutgoing(given: string | undefined): AllowList {
  try {
    return readAllowList(given ?? "");
  } catch (error) {
    throw new ConfigError(`RECLUSTER_ALLOW_OUTGOING: ${(error as Error).message}`);
  }
}

function signingSecret(given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (isSigningSecret(given)) return given;
  throw new ConfigError(
    "RECLUSTER_SIGNING_SECRET takes whsec_ and 24 to 64 random bytes as base64, as Standard Webhooks has it.",
  );
}

function roles(given: string | undefined): readonly Role[] {
  if (given === undefined || given === "") return ROLES;
  const names = given.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!ROLES.includes(name as Role)) {
      throw new ConfigError(
        `RECLUSTER_ROLES (--roles) names '${name}'; it takes a list of: ${ROLES.join(", ")}.`,
      );
    }
  }
  return ROLES.filter((role) => names.includes(role));
}

function limits(given: string | undefined): Limits {
  if (given === undefined || given === "") return OPEN_LIMITS;
  if (given === "hosted") return HOSTED_LIMITS;
  throw new ConfigError(`RECLUSTER_LIMITS is '${given}'; it takes 'hosted', or nothing for no such limits.`);
}

function storageFolder(given: string | undefined, dataFolder: string): string {
  if (given === undefined || given === "") return join(dataFolder, "storage");
  if (given.includes("://")) {
    throw new ConfigError(
      `RECLUSTER_STORAGE is '${given}'; this version stores in a folder only. Name a folder.`,
    );
  }
  return resolve(given);
}

function databaseUrl(given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (!/^postgres(ql)?:\/\//.test(given)) {
    throw new ConfigError(
      "DATABASE_URL must begin with postgres:// or postgresql://; without it the built-in database is used.",
    );
  }
  return given;
}
