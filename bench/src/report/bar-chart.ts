/** One bar: a name, its value, and whether it is the gateway's own. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly label: string;
  readonly isOwn: boolean;
}

const WIDTH = 720;
const NAME_WIDTH = 130;
const LABEL_WIDTH = 90;
const BAR_HEIGHT = 18;
const STEP = 26;
const TOP = 34;
/** A bar far longer than the others would leave them without a length. */
const LONGEST_TO_MEDIAN = 12;

/** A chart of horizontal bars as SVG that reads on light and dark pages. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const height = TOP + bars.length * STEP + 8;
  const values = bars.map(({ value }) => value).toSorted((a, b) => a - b);
  const median = values[Math.floor(values.length / 2)] ?? 0;
  const longest = Math.min(values.at(-1) ?? 0, median * LONGEST_TO_MEDIAN);
  const room = WIDTH - NAME_WIDTH - LABEL_WIDTH;
  const lines = bars.flatMap(({ name, value, label, isOwn }, at) => {
    const y = TOP + at * STEP;
    const cut = value > longest;
    const length = Math.max(1, (Math.min(value, longest) / (longest || 1)) * room);
    return [
      `<text x="${NAME_WIDTH - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
      `<rect class="${isOwn ? "own" : "other"}" x="${NAME_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}"${cut ? ' opacity="0.5"' : ""}/>`,
      `<text x="${(NAME_WIDTH + length + 6).toFixed(1)}" y="${y + 13}">${escaped(label)}${cut ? " …" : ""}</text>`,
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.own { fill: #1f6feb; }
.other { fill: #afb8c1; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .other { fill: #6e7681; } }
</style>
<text class="title" x="8" y="18">${escaped(title)}</text>
${lines.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
