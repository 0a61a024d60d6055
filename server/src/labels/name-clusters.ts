import type { DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import type { Config } from "../platform/config.ts";
import { inFlight } from "../platform/in-flight.ts";
import type { Logger } from "../platform/logger.ts";
import { Asker } from "./asker.ts";
import { checkAnswer } from "./check-answer.ts";
import { type ChosenModel, chooseModel, keyName } from "./choose-model.ts";
import type { ClusterName, NameError, NameRequest, NamesAnswer } from "./name-request.ts";
import { openModel } from "./open-model.ts";
import { askForName } from "./question.ts";
import { tellNamesApart } from "./tell-names-apart.ts";

export interface LabelsDeps {
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly config: Pick<Config, "labels">;
}

export interface NamingControl {
  /** Ends requests and waits when the run is ended. */
  readonly signal: AbortSignal;
  /** Milliseconds until the run's own time limit. */
  readonly msLeft: number;
  readonly processClock?: Clock;
}

/** Of the run's time that is left: its results have to be written, too. */
const SHARE_OF_TIME = 0.8;

/**
 * Asks a language model for a name of each cluster that keeps none, one request each, then for other names where they are
 * alike, or like one that is kept. What was answered before is not asked again. Takes no longer than RECLUSTER_LABEL_SECONDS, nor than the run has; holds no transaction.
 * Whatever goes wrong is told in `errors`, the others have their names all the same. Never throws.
 */
export async function nameClusters(
  deps: LabelsDeps,
  run: { readonly namespaceId: string; readonly runId: string },
  request: NameRequest,
  control: NamingControl,
): Promise<NamesAnswer> {
  const none = request.clusters.map(() => null);
  try {
    const chosen = chooseModel(request.labeling, deps.config.labels);
    if (typeof chosen === "string") return { names: none, errors: [forAll(chosen)] };
    const asker = await openAsker(deps, run, { request, chosen, control });
    return await nameAll(asker, request, deps.config.labels.atOnce);
  } catch (error) {
    deps.logger.error({ err: error, runId: run.runId }, "naming clusters failed");
    return { names: none, errors: [forAll("a fault of this server, whose log has more")] };
  }
}

async function openAsker(
  deps: LabelsDeps,
  { namespaceId, runId }: { readonly namespaceId: string; readonly runId: string },
  given: { readonly request: NameRequest; readonly chosen: ChosenModel; readonly control: NamingControl },
): Promise<Asker> {
  const { chosen, control, request } = given;
  const { provider, name, endpoint } = chosen;
  const { callMs, runMs } = deps.config.labels;
  const { signal, msLeft, processClock: clock = systemClock } = control;
  return new Asker(deps, {
    ...{ namespaceId, runId, apiKey: endpoint.apiKey },
    identity: { provider, name, baseUrl: endpoint.baseUrl ?? null },
    cacheSeconds: request.labeling.cacheSeconds,
    asking: {
      model: await openModel(chosen),
      name: `${provider}'s ${name}`,
      keyName: keyName(provider),
      parameters: request.labeling.parameters,
      ...{ callMs, clock, signal },
      endsAtMs: clock.monotonicMs() + Math.min(runMs, SHARE_OF_TIME * msLeft),
    },
  });
}

async function nameAll(asker: Asker, request: NameRequest, atOnce: number): Promise<NamesAnswer> {
  const { labeling, clusters } = request;
  const names = clusters.map((): ClusterName | null => null);
  const errors: NameError[] = [];
  const questions = clusters.flatMap((cluster, position) => {
    if (cluster.keptLabel !== null) return [];
    if (cluster.samples.length > 0) return [{ position, question: askForName(cluster, labeling) }];
    const message = "its documents have neither a text nor an attribute to name it by";
    errors.push({ index: cluster.index, message });
    return [];
  });
  await asker.recall(questions.map(({ question }) => question));
  let skipped = 0;
  await inFlight(questions, atOnce, async ({ position, question }) => {
    const outcome = await asker.ask(question, (answer) => checkAnswer(answer, labeling));
    if ("found" in outcome) names[position] = outcome.found;
    else if ("failure" in outcome)
      errors.push({ index: clusters[position]!.index, message: outcome.failure });
    else skipped += 1;
  });
  const told = await tellNamesApart(asker, request, names, atOnce);
  const byCluster = [...errors, ...told.errors].sort((a, b) => a.index! - b.index!);
  if (asker.givenUp === null) return { names: told.names, errors: byCluster };
  const all =
    skipped > 0
      ? forAll(asker.givenUp, skipped)
      : { index: null, message: `Names that are alike were not told apart by the model: ${asker.givenUp}.` };
  return { names: told.names, errors: [all, ...byCluster] };
}

function forAll(reason: string, clusters?: number): NameError {
  const which = clusters === undefined ? "The clusters were" : `${clusters} of the clusters were`;
  return { index: null, message: `${which} not named by a language model: ${reason}.` };
}
