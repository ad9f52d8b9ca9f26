import { describe, expect, it } from "vitest";

import { BodyMemory, LARGEST_BODY_MEMORY } from "./body-memory.ts";

describe("BodyMemory", () => {
  it("has room for what was asked for", () => {
    const memory = new BodyMemory();
    for (const bytes of [1, 32_768, 32_769, 1_000_000, LARGEST_BODY_MEMORY]) {
      expect(memory.take(bytes).length).toBeGreaterThanOrEqual(bytes);
    }
  });

  it("serves a later body with what an earlier one of about its size gave back", () => {
    const memory = new BodyMemory();
    const first = memory.take(1_000_000);
    memory.giveBack(first.subarray(0, 1_000_000));
    const second = memory.take(900_000);
    expect(second.buffer).toBe(first.buffer);
    expect(memory.take(900_000).buffer).not.toBe(first.buffer);
    expect(memory.take(100_000).buffer).not.toBe(first.buffer);
  });

  it("takes nothing back twice, and nothing that it never lent", () => {
    const memory = new BodyMemory();
    const body = memory.take(50_000);
    memory.giveBack(body);
    memory.giveBack(body);
    memory.giveBack(Buffer.from(new ArrayBuffer(65_536)));
    expect(memory.spareBytes).toBe(65_536);
    expect(memory.take(50_000).buffer).not.toBe(memory.take(50_000).buffer);
  });

  it("keeps 16 MB unused at most", () => {
    const memory = new BodyMemory();
    const bodies = Array.from({ length: 40 }, () => memory.take(1_000_000));
    for (const body of bodies) memory.giveBack(body);
    expect(memory.spareBytes).toBe(16 * 1_024 * 1_024);
  });
});
