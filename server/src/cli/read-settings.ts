import { CommandError } from "./explain-failure.ts";

/** The JSON object that --set was given; throws a message that shows one. */
export function readSettings(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below, like JSON of another kind.
  }
  throw new CommandError(
    `--set is '${text}'; it takes a JSON object of schedule settings, such as '{"interval_seconds": 3600}'.`,
  );
}
