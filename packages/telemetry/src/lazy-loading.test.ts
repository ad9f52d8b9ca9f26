import { readdirSync, readFileSync } from "node:fs";

import { expect, it } from "vitest";

const SOURCES = readdirSync(import.meta.dirname).filter((name) => !name.endsWith(".test.ts"));

function naming(pattern: RegExp): readonly string[] {
  return SOURCES.filter((name) =>
    pattern.test(readFileSync(`${import.meta.dirname}/${name}`, "utf8")),
  );
}

it("costs nobody OpenTelemetry's packages who sends no spans", () => {
  expect(naming(/from "@opentelemetry\//)).toEqual(["otlp-collector.ts"]);
  expect(naming(/from "\.\/otlp-collector\.ts"/)).toEqual([]);
  expect(naming(/import\("\.\/otlp-collector\.ts"\)/)).toEqual(["span-exporter.ts"]);
});
