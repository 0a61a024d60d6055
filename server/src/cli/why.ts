import { connect } from "./connect.ts";
import { instant } from "./options.ts";
import { printAnswer } from "./output/answer.ts";

/** `recluster why TRIGGER [--at]` */
export async function explainWhy(trigger: string, options: { at?: string; json?: boolean }): Promise<void> {
  const explanation = await connect().clusterTriggers.explain(trigger, instant("--at", options.at));
  printAnswer(options, explanation, () => explanation.text);
}
