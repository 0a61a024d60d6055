import type { EmbedImport } from "../embed/embed-import.ts";
import type { ImportResult } from "./run-import.ts";

/** What an import has around it: a terminal, or a test. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Stops the import after the request in hand. */
  readonly signal: AbortSignal;
  /** Tells a person what goes on. */
  readonly say: (text: string) => void;
  /** Shows what became of it; `name` is the collection's, `embed` made the vectors. */
  readonly show: (name: string, result: ImportResult, embed?: EmbedImport) => void;
  /** No progress bar. */
  readonly quiet?: boolean;
}
