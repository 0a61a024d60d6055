import { AppError } from "../platform/app-error.ts";
import { nearestName } from "../platform/nearest-name.ts";

/** Throws `invalid_timezone`, with the nearest known name, unless the runtime's time zone data has this name. */
export function checkTimezone(name: string): void {
  if (isZoneName(name)) return;
  const known = Intl.supportedValuesOf("timeZone");
  // People type the city: compare with it as well as with the whole name.
  const cities = new Map(known.map((zone) => [zone.slice(zone.lastIndexOf("/") + 1), zone]));
  const spelled = name.replaceAll(" ", "_");
  const near =
    nearestName(spelled, known) ??
    cities.get(nearestName(spelled.slice(spelled.lastIndexOf("/") + 1), cities.keys()) ?? "");
  throw new AppError(
    "invalid_timezone",
    `timezone '${name}' is not a known time zone. ${near ? `Did you mean '${near}'?` : "Expected an IANA name such as 'Europe/Berlin' or 'UTC'."}`,
    { details: { timezone: name, nearest: near ?? null } },
  );
}

function isZoneName(name: string): boolean {
  // Intl also takes offsets such as +02:00; those are not zones and know no daylight saving.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
