import { INSTANT_TEXT, isInstantText } from "../platform/instant-text.ts";
import { CommandError } from "./explain-failure.ts";

/** The number an option was given; throws a message that names the option. */
export function anyNumber(option: string, given: string): number {
  const value = Number(given);
  if (given.trim() === "" || !Number.isFinite(value))
    throw new CommandError(`${option} takes a number, not '${given}'.`);
  return value;
}

/** The whole number an option was given, 0 or more; throws a message that names the option. */
export function wholeNumber(option: string, given: string): number {
  const value = Number(given);
  if (given.trim() === "" || !Number.isInteger(value) || value < 0)
    throw new CommandError(`${option} takes a whole number, not '${given}'.`);
  return value;
}

/** The instant an option was given, if it was; throws a message that names the option. */
export function instant(option: string, given: string | undefined): string | undefined {
  if (given === undefined || isInstantText(given)) return given;
  throw new CommandError(`${option} takes ${INSTANT_TEXT}, not '${given}'.`);
}
