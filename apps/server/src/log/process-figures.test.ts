import { describe, expect, it } from "vitest";

import { watchProcess } from "./process-figures.ts";

describe("watchProcess", () => {
  it("gives finite figures of memory, collections and the event loop", () => {
    using watch = watchProcess();
    const figures = watch.figures();
    expect(figures).toMatchObject({
      rss_mib: expect.any(Number),
      heap_used_mib: expect.any(Number),
      gc_count: expect.any(Number),
      event_loop_delay_p99_ms: expect.any(Number),
    });
    expect(Object.values(figures).every((value) => Number.isFinite(value) && value >= 0)).toBe(
      true,
    );
    expect(figures["rss_mib"]).toBeGreaterThan(10);
    expect(figures["rss_peak_mib"]).toBeGreaterThan(10);
  });
});
