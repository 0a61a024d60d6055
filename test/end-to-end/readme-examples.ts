const OUTPUT = String.raw`(?:-?\d|true|false|[A-Z]\w*Array\(|[{['"]).*`;
/** `expression; // output` */
const SHOWN_BEHIND = new RegExp(String.raw`^(?!const |let |import |export |//)(\S.*?); // (${OUTPUT})$`);
/** `// name   output`, below the statement that made it: of a variable, or a field of what the statement gives. */
const NAMED_BELOW = new RegExp(String.raw`^// ([a-z]\w*(?:\.\w+)*) +(${OUTPUT})$`);
/** `// output` of the whole value. */
const SHOWN_BELOW = /^\/\/ (\{.*\})$/;
/** Where a random descent ends differs from one kind of processor to the next: those are run, not compared. */
const CHAOTIC = "## UMAP";

/**
 * One module of all TypeScript blocks of a README, in their order, in which every output that is shown on one line is
 * compared with what the expression gives: `check(value, shown)` of check-output.js. With the number of these checks.
 */
export function runnableExamples(readme: string): { source: string; checks: number } {
  const imports: string[] = ['import { check } from "./check-output.js";'];
  const body: string[] = [];
  const declared = new Set<string>();
  let checks = 0;
  for (const section of readme.split(/^(?=## )/m)) {
    const lines = [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap((match) =>
      match[1]!.split("\n"),
    );
    // Later sections go on with what earlier ones have made, but for names that they give anew.
    const names = lines.flatMap(declaredBy);
    const isOwnScope = names.some((name) => declared.has(name));
    for (const name of names) declared.add(name);
    const isChecked = !section.startsWith(CHAOTIC);
    const check = (value: string, shown: string) => {
      checks++;
      body.push(`check(${value}, ${JSON.stringify(shown)});`);
    };
    let owner: string | undefined;
    if (isOwnScope) body.push("{");
    for (const line of lines) {
      const behind = SHOWN_BEHIND.exec(line);
      const named = NAMED_BELOW.exec(line);
      const whole = SHOWN_BELOW.exec(line);
      if (line.startsWith("import ")) imports.push(line);
      else if (isChecked && behind) check(behind[1]!, behind[2]!);
      else if (isChecked && named) {
        const isVariable = declared.has(named[1]!.split(".")[0]!) && names.includes(named[1]!.split(".")[0]!);
        check(isVariable || owner === undefined ? named[1]! : `${owner}.${named[1]!}`, named[2]!);
      } else if (isChecked && whole && owner !== undefined) check(owner, whole[1]!);
      else if (/^(await )?\w+\(.*\);$/.test(line)) {
        owner = `value${body.length}`;
        body.push(`const ${owner} = ${line}`);
      } else {
        const made = /^const (\w+|\{)/.exec(line)?.[1];
        if (made !== undefined) owner = made === "{" ? undefined : made;
        body.push(line);
      }
    }
    if (isOwnScope) body.push("}");
  }
  return {
    source: [...imports, ...body, `console.log("${checks} outputs as shown");`, ""].join("\n"),
    checks,
  };
}

/** The variables that a line declares outside of any block. */
function declaredBy(line: string): string[] {
  const match = /^const (?:(\w+)|\{ (.+?) \}) =/.exec(line);
  return match ? (match[1]?.split(",") ?? match[2]!.split(", ")) : [];
}
