import { describe, expect, it } from "vitest";

import { embedText, toBase64 } from "./embedding.ts";

describe("embedText", () => {
  it("gives the same vector for the same text and another for another", () => {
    expect(embedText("pine", 8)).toEqual(embedText("pine", 8));
    expect(embedText("pine", 8)).not.toEqual(embedText("fir", 8));
  });

  it.each(["", "pine", "x".repeat(10_000)])("has length one", (text) => {
    const squares = embedText(text, 64).reduce((sum, component) => sum + component ** 2, 0);
    expect(squares).toBeCloseTo(1, 5);
  });
});

describe("toBase64", () => {
  it("packs little-endian 32-bit floats", () => {
    expect(toBase64(Float32Array.of(1, -2))).toBe(
      Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]).toString("base64"),
    );
  });
});
