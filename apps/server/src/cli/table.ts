/** One cell: text, and a colour where there are colours. */
export interface Cell {
  readonly text: string;
  /** SGR code, 32 for green. */
  readonly colour?: number | undefined;
}

export interface TableStyle {
  readonly coloured: boolean;
  /** Characters of a line; longer ones are cut. Undefined leaves them whole. */
  readonly columns: number | undefined;
}

const GAP = "  ";

/** Text in colour, where there are colours. */
export function paint(text: string, colour: number | undefined, coloured: boolean): string {
  return coloured && colour !== undefined ? `\u001B[${colour}m${text}\u001B[0m` : text;
}

/** Lines with aligned columns below their headings. The last column is not padded. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { coloured, columns }: TableStyle,
): string {
  const lines = [headings.map((text): Cell => ({ text, colour: 2 })), ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((cells) => widthOf(cells[column]?.text ?? ""))),
  );
  return lines.map((cells) => `${formatLine(cells, widths, coloured, columns)}\n`).join("");
}

function formatLine(
  cells: readonly Cell[],
  widths: readonly number[],
  coloured: boolean,
  columns: number | undefined,
): string {
  let room = columns ?? Number.POSITIVE_INFINITY;
  let line = "";
  for (const [column, { text, colour }] of cells.entries()) {
    const gap = column === 0 ? "" : GAP;
    const isLast = column === cells.length - 1;
    const width = isLast ? widthOf(text) : (widths[column] ?? 0);
    if (room - gap.length <= 0) break;
    const shown = cut(text, room - gap.length);
    const padding = isLast ? "" : " ".repeat(Math.max(0, width - widthOf(shown)));
    line += gap + paint(shown, colour, coloured) + padding;
    room -= gap.length + width;
  }
  return line.trimEnd();
}

/** Characters as people count them; all of them are taken to be of one column. */
function widthOf(text: string): number {
  return Array.from(text).length;
}

function cut(text: string, room: number): string {
  const characters = Array.from(text);
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
}
