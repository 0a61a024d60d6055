import { CommandError } from "./explain-failure.ts";

/** The number an option was given; throws a message that names the option. */
export function wholeNumber(option: string, given: string): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0)
    throw new CommandError(`${option} takes a whole number, not '${given}'.`);
  return value;
}
