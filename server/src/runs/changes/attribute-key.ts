/** What makes two groups of equal attributes the same: the values by path, whatever their order. Null: no such group. */
export function attributeKey(attributes: Readonly<Record<string, unknown>> | null): string | null {
  if (attributes === null) return null;
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
