import type { Exposition } from "./exposition.ts";

/** One metric with a sample per item; none where its value is undefined. */
export interface Metric<Item> {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly value: (item: Item) => number | undefined;
}

/** What the metrics of a table have in common. */
export interface MetricTable<Item> {
  /** Begin of every name. */
  readonly prefix: string;
  readonly metrics: readonly Metric<Item>[];
  /** Name of the label that tells the items apart. */
  readonly label: string;
}

/** Adds every metric of a table, each with a sample per item. */
export function writeMetricTable<Item extends { readonly name: string }>(
  exposition: Exposition,
  { prefix, metrics, label }: MetricTable<Item>,
  items: readonly Item[],
): void {
  for (const { name, type, help, value } of metrics) {
    const family = exposition.family(prefix + name, type, help);
    for (const item of items) {
      const measured = value(item);
      if (measured !== undefined) family.sample({ [label]: item.name }, measured);
    }
  }
}
