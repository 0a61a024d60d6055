import { createInterface } from "node:readline/promises";

import type { Feature } from "#contract/collections.ts";
import {
  mapColumns,
  UnclearColumns,
  type ColumnMapping,
  type FlagNames,
  type GivenColumns,
} from "../../documents/formats/columns/map-columns.ts";
import { CommandError } from "../explain-failure.ts";
import type { SourceColumn } from "../../documents/formats/source.ts";

const FLAGS: FlagNames = { id: "--id-column", vector: "--vector-column", payload: "--payload-columns" };

const STOPPED = 130;

/** Asks a question of a person; null where nobody is there. */
export type Ask = ((question: string) => Promise<string>) | null;

/**
 * Which column is what, by flags, else by guess; where several columns could be it a person is asked. Without a person
 * the error lists the columns and shows the flag.
 */
export async function askColumns(
  columns: readonly SourceColumn[],
  features: readonly Feature[] | null,
  given: GivenColumns,
  ask: Ask,
): Promise<ColumnMapping> {
  try {
    return mapColumns(columns, features, given, FLAGS);
  } catch (error) {
    if (!(error instanceof UnclearColumns) || !ask) throw error;
    const { part, choices } = error;
    const list = choices.map(({ name, type }, i) => `  ${i + 1}  ${name}  ${type}`).join("\n");
    if (part === "id") {
      const chosen = await choose(
        ask,
        `Several columns could be the id:\n${list}\nWhich one is it?`,
        choices,
      );
      return askColumns(columns, features, { ...given, id: chosen[0]! }, ask);
    }
    const several = features === null || features.length > 1;
    const chosen = await choose(
      ask,
      `Several columns could be the vectors:\n${list}\nWhich one is it${several ? " (several: 1,2)" : ""}?`,
      choices,
    );
    const vectors: { feature?: string; column: string }[] = [];
    for (const column of chosen) {
      if (!features || features.length === 1) vectors.push({ column });
      else vectors.push({ column, feature: await askFeature(ask, column, features) });
    }
    return askColumns(columns, features, { ...given, vectors }, ask);
  }
}

async function choose(
  ask: NonNullable<Ask>,
  question: string,
  choices: readonly SourceColumn[],
): Promise<string[]> {
  while (true) {
    const answer = (await ask(`${question} `)).split(/[\s,]+/).filter((part) => part !== "");
    const names = answer.map(
      (part) => choices[Number(part) - 1]?.name ?? choices.find(({ name }) => name === part)?.name,
    );
    if (names.length > 0 && names.every((name) => name !== undefined)) return names;
    question = `Please a number from 1 to ${choices.length}:`;
  }
}

async function askFeature(
  ask: NonNullable<Ask>,
  column: string,
  features: readonly Feature[],
): Promise<string> {
  const list = features
    .map(({ name, dimensions }, i) => `  ${i + 1}  ${name}  ${dimensions} dimensions`)
    .join("\n");
  const columns = features.map(({ name }) => ({ name, type: "", kind: "other" as const, dimensions: null }));
  const chosen = await choose(
    ask,
    `Which feature of the collection is column '${column}'?\n${list}\n`,
    columns,
  );
  return chosen[0]!;
}

/** The person at the terminal, if there is one. */
export function terminal(): Ask {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  return asking(process.stdin, process.stderr);
}

/** Throws CommandError where the person leaves the question. */
export function asking(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): NonNullable<Ask> {
  return async (question) => {
    const lines = createInterface({ input, output, terminal: true });
    try {
      return await lines.question(question);
    } catch (error) {
      // Ctrl-C and Ctrl-D.
      if ((error as Error).name !== "AbortError") throw error;
      output.write("\n");
      process.exitCode = STOPPED;
      throw new CommandError("Stopped at the question; nothing was imported.");
    } finally {
      lines.close();
    }
  };
}
