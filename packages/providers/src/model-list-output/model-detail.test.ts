import type { CatalogueModel } from "@olla-ts/core/ports";
import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { formatModelDetail } from "./model-detail.ts";

const SEEN = Date.UTC(2026, 4, 1, 9);

const pine: CatalogueModel = {
  id: "pine:7b",
  slot: 0,
  aliases: ["pine:latest", "pine:7b"],
  family: "llama",
  variant: "3.1",
  publisher: "acme",
  parameterSize: "7.2b",
  parameterCount: 7_200_000_000,
  quantization: "q4km",
  format: "gguf",
  maxContextLength: 32_768,
  capabilities: ["text-generation"],
  diskBytes: 4_660_000_000,
  sources: [
    { endpoint: makeEndpoint({ name: "a" }), model: { name: "pine:7b" }, state: "loaded" },
    { endpoint: makeEndpoint({ name: "b" }), model: { name: "pine:7b" }, state: "available" },
  ],
  firstSeenAt: 0,
  lastSeenAt: SEEN,
};

describe("formatModelDetail", () => {
  it("HP-59 tells endpoints, loaded ones, size and age", () => {
    expect(formatModelDetail(pine, SEEN + 4_200)).toEqual({
      id: "pine:7b",
      family: "llama",
      variant: "3.1",
      parameter_size: "7.2b",
      parameter_count: 7_200_000_000,
      quantization: "q4km",
      format: "gguf",
      total_disk_size: "4.34 GB",
      last_seen: "4s ago",
      aliases: ["pine:7b", "pine:latest"],
      endpoints: ["a", "b"],
      loaded_endpoints: ["a"],
      capabilities: ["text-generation"],
      max_context_length: 32_768,
    });
  });

  it.each([
    [-5, "0s ago"],
    [59, "59s ago"],
    [60, "1m ago"],
    [3_599, "59m ago"],
    [7_200, "2h ago"],
    [200_000, "2d ago"],
  ])("writes an age of %i seconds as %s", (seconds, text) => {
    expect(formatModelDetail(pine, SEEN + seconds * 1_000)["last_seen"]).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [1_023, "1023 B"],
    [1_536, "1.50 KB"],
    [2 ** 60, "1024.00 PB"],
  ])("writes %i bytes as %s", (diskBytes, text) => {
    expect(formatModelDetail({ ...pine, diskBytes }, SEEN)["total_disk_size"]).toBe(text);
  });

  it("leaves out a context window that is not known", () => {
    const model = { ...pine, maxContextLength: undefined };
    expect(formatModelDetail(model, SEEN)).not.toHaveProperty("max_context_length");
  });
});
