/** One value and what it is of. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Metrics as a scraper reads them. */
export interface Metrics {
  readonly samples: readonly Sample[];
  readonly types: ReadonlyMap<string, string>;
  /** The one sample of this name with these labels. */
  readonly value: (name: string, labels?: Readonly<Record<string, string>>) => number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { '\\"': '"', "\\\\": "\\", "\\n": "\n" };

/**
 * Reads Prometheus text format 0.0.4 as strictly as a scraper may.
 *
 * @throws Error when a line is malformed, a sample stands outside the group of its family, or a
 * family or a sample comes twice
 */
export function parseMetrics(text: string): Metrics {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const types = new Map<string, string>();
  const samples = new Map<string, Sample>();
  let family = "";
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("# HELP ")) continue;
    if (line.startsWith("# TYPE ")) {
      const [, , name = "", type = ""] = line.split(" ");
      if (!NAME.test(name) || types.has(name)) throw new Error(`bad family: ${line}`);
      types.set(name, type);
      family = name;
      continue;
    }
    const sample = parseSample(line);
    if (!belongsTo(sample.name, family, types.get(family))) {
      throw new Error(`not in the group of its family ${family}: ${line}`);
    }
    const key = keyOf(sample.name, sample.labels);
    if (samples.has(key)) throw new Error(`twice: ${line}`);
    samples.set(key, sample);
  }
  return {
    samples: [...samples.values()],
    types,
    value(name, labels = {}) {
      const found = samples.get(keyOf(name, labels));
      if (found === undefined) throw new Error(`no sample ${keyOf(name, labels)}`);
      return found.value;
    },
  };
}

function parseSample(line: string): Sample {
  const [, name, list = "", text = ""] = SAMPLE.exec(line) ?? [];
  const value = text === "+Inf" ? Infinity : Number(text);
  if (name === undefined || Number.isNaN(value)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < list.length) {
    const [, label, escaped] = LABEL.exec(list) ?? [];
    if (label === undefined || escaped === undefined) throw new Error(`bad labels: ${line}`);
    labels[label] = escaped.replaceAll(/\\["\\n]/g, (escape) => ESCAPES[escape] ?? escape);
  }
  return { name, labels, value };
}

function belongsTo(name: string, family: string, type: string | undefined): boolean {
  if (name === family) return type !== "histogram";
  return type === "histogram" && /^_(?:bucket|sum|count)$/.test(name.slice(family.length));
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${name}${JSON.stringify(sorted)}`;
}
