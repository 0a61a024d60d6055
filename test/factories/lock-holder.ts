import { FolderInUse, lockFolder } from "../../server/src/db/folder-lock.ts";
import { systemClock } from "../../server/src/platform/clock.ts";

/** Run as a process: takes the lock of the folder named in its argument, says how it went, holds it until stdin ends. */
try {
  const unlock = await lockFolder(process.argv[2]!, systemClock);
  process.stdout.write("locked\n");
  process.stdin.resume().on("end", () => void unlock().then(() => process.exit(0)));
} catch (error) {
  if (!(error instanceof FolderInUse)) throw error;
  process.stdout.write(`${error.message}\n`);
}
