import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release } from "node:os";
import { join } from "node:path";

import { readRows, type Row } from "../run/results.ts";
import { figureOf, percent, shown } from "./figures.ts";
import { goals } from "./goals.ts";
import { table, withSections } from "./sections.ts";
import { workloadSections } from "./workload-sections.ts";

/**
 * Fills the marked sections of `docs/performance.md` and draws the charts. A workload
 * without rows keeps the section it has.
 *
 * @param path raw data
 */
export function writeReport(path: string, repository: string): void {
  const rows = readRows(path);
  const [first] = rows;
  if (first === undefined) throw new Error(`no measurements in ${path}`);
  const document = join(repository, "docs", "performance.md");
  const images = join(repository, "docs", "images");
  mkdirSync(images, { recursive: true });
  const sections: Record<string, string> = {
    environment: environment(rows),
    goals: goalTable(rows),
  };
  for (const [name, { text, chart }] of Object.entries(workloadSections(rows))) {
    sections[name] = text;
    if (chart !== undefined) writeFileSync(join(images, chart.file), chart.svg);
  }
  writeFileSync(document, withSections(readFileSync(document, "utf8"), sections));
  console.log(`Wrote docs/performance.md from ${rows.length} measurements.`);
}

function environment(rows: readonly Row[]): string {
  const days = [...new Set(rows.map(({ time }) => time.slice(0, 10)))].toSorted();
  const foreign = figureOf(
    rows.flatMap(({ load }) => (load === undefined ? [] : [load.foreignCores])),
  );
  const model = cpus()[0]?.model ?? "unknown processor";
  return `Measured on ${days.join(", ")}: ${availableParallelism()} cores (${model}), Linux ${release().split(".", 2).join(".")}, Node.js ${process.versions.node}. Other
programs used ${shown(foreign?.median)} cores meanwhile (median of ${rows.length} measurements).`;
}

function goalTable(rows: readonly Row[]): string {
  const lines = goals.map(({ workload, what, limit, unit, figure }) => {
    const found = figure(rows);
    const day = rows
      .filter((row) => row.workload.startsWith(workload))
      .map(({ time }) => time.slice(0, 10))
      .toSorted()
      .at(-1);
    return [
      `${workload}: ${what}`,
      `≤ ${limit}${unit}`,
      found === undefined ? "not measured" : `${shown(found.median)}${unit}`,
      found === undefined ? "" : `${percent(found.spread)} (${found.count})`,
      day ?? "",
      found === undefined ? "" : found.median <= limit ? "yes" : "**no**",
    ];
  });
  return table(["goal", "limit", "figure", "± % (rounds)", "measured", "met"], lines);
}
