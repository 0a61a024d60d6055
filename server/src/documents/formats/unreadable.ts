/**
 * The data cannot be read on: broken, truncated, or of a kind this program does not read. The message is for people: it
 * says where, what was found, what was expected, what to do.
 */
export class Unreadable extends Error {}

/** Runs a library's decoder, whose own words go into the message: broken input makes each throw in its own way. */
export async function orUnreadable<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreadable || isOurs(error)) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new Unreadable(`${what}: ${said.replace(/\.$/, "")}.`, { cause: error });
  }
}

/** Of the disk, not of the data. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
