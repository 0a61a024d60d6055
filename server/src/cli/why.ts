import { connect } from "./connect.ts";
import { printAnswer } from "./output/answer.ts";

/** `recluster why TRIGGER [--at]` */
export async function explainWhy(trigger: string, options: { at?: string; json?: boolean }): Promise<void> {
  const explanation = await connect().clusterTriggers.explain(trigger, options.at);
  printAnswer(options, explanation, () => explanation.text);
}
