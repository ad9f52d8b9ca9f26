/** Label names and values of one sample, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @throws TypeError when the exposition format does not allow the name */
export function assertMetricName(name: string): void {
  if (!METRIC_NAME.test(name)) throw new TypeError(`not a metric name: ${JSON.stringify(name)}`);
}

/**
 * Labels as `a="x",b="y"`; empty without labels. Backslash, quote and newline of
 * a value are escaped.
 *
 * @throws TypeError when a label has a name that the format does not allow
 */
export function writeLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => {
      if (!LABEL_NAME.test(name)) throw new TypeError(`not a label name: ${JSON.stringify(name)}`);
      return `${name}="${escapeLabelValue(value)}"`;
    })
    .join(",");
}

/** A sample line: `name{labels} value`. */
export function writeSample(name: string, labels: string, value: number): string {
  return labels === "" ? `${name} ${writeValue(value)}` : `${name}{${labels}} ${writeValue(value)}`;
}

/** A number with up to 6 decimals, trailing zeros cut: `1239`, `0.25`, `+Inf`, `NaN`. */
export function writeValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  if (Number.isInteger(value) || Number.isNaN(value)) return String(value);
  const trimmed = value.toFixed(6).replace(/\.?0+$/, "");
  return trimmed === "-0" ? "0" : trimmed;
}

/** The text of a `# HELP` line: backslash and newline escaped. */
export function escapeHelp(help: string): string {
  return help.replaceAll("\\", String.raw`\\`).replaceAll("\n", String.raw`\n`);
}

function escapeLabelValue(value: string): string {
  return escapeHelp(value).replaceAll('"', String.raw`\"`);
}
