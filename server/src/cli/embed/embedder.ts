/** What became of one text. Expected outcomes are values: a text that cannot be embedded does not stop the others. */
export type TextVector =
  | {
      readonly vector: Float32Array;
      /** The model took only the beginning of the text. */
      readonly cut: boolean;
    }
  | { readonly refused: string };

/** Turns texts into vectors of one length. Throws CommandError for what no other text would pass either. */
export interface Embedder {
  /** The model, for people. */
  readonly name: string;
  /** Numbers in each vector. */
  readonly dimensions: number;
  /** Tokens after which a text is cut; undefined when only the endpoint knows. */
  readonly maxTokens: number | undefined;
  /** What somebody should know about how the vectors are made, a sentence each. */
  readonly notes: readonly string[];
  /**
   * One outcome a text, in their order. Takes any number of texts and cuts them into batches itself: the more at once,
   * the better they can be sorted by length. `onDone` is called with the texts of each batch that is ready.
   */
  embed(texts: readonly string[], onDone?: (texts: number) => void): Promise<TextVector[]>;
  /** Ends what is under way and frees the model. */
  close(): Promise<void>;
}
