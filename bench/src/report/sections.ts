const begin = (name: string): string => `<!-- bench:begin ${name} -->`;
const end = (name: string): string => `<!-- bench:end ${name} -->`;

/**
 * The document with what stands between `<!-- bench:begin NAME -->` and
 * `<!-- bench:end NAME -->` replaced; everything else stays.
 *
 * @throws Error when a section has no place in the document
 */
export function withSections(document: string, sections: Readonly<Record<string, string>>): string {
  let text = document;
  for (const [name, content] of Object.entries(sections)) {
    const from = text.indexOf(begin(name));
    const to = text.indexOf(end(name));
    if (from === -1 || to < from) throw new Error(`the document has no section ${name}`);
    text = `${text.slice(0, from + begin(name).length)}\n${content.trim()}\n${text.slice(to)}`;
  }
  return text;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A Markdown table; the first column is text, all others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, at) => (at === 0 ? "---" : "--:"));
  return [line(head), line(rule), ...rows.map((cells) => line(cells))].join("\n");
}
