import { offsetAt } from "./zone-offsets.ts";

/** `2026-03-08T02:30:00`, with milliseconds if there are any, of a local time in milliseconds. */
export function localTimeText(local: number): string {
  return new Date(local).toISOString().replace(/(\.000)?Z$/, "");
}

/** `-05:00`. RFC 3339 knows no seconds in an offset: they are cut off. */
export function offsetText(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${offset < 0 && minutes > 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2026-03-08T03:00:00-04:00`: what the clocks of a zone show at an instant. */
export function localText(zone: string, instant: Date): string {
  const offset = offsetAt(zone, instant.getTime());
  return localTimeText(instant.getTime() + offset) + offsetText(offset);
}
