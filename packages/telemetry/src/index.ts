export type { SpanCounts, SpanExporterOptions } from "./span-exporter.ts";
export { createSpanExporter } from "./span-exporter.ts";
