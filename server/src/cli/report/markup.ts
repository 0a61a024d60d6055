/** Markup that is safe to put into a page. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | null | undefined | false | readonly Part[];

/** A template whose values are escaped, unless they are markup; lists are joined, what is nothing leaves nothing. */
export function html(strings: TemplateStringsArray, ...values: Part[]): Markup {
  return new Markup(strings.reduce((text, next, index) => text + show(values[index - 1]) + next));
}

function show(value: Part): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(show).join("");
  return String(value).replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)!};`);
}
