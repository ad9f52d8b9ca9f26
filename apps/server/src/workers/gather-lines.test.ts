import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { gatherLines, type GatheredLines } from "./gather-lines.ts";

function setUp(): { clock: ManualClock; handedOn: string[]; lines: GatheredLines } {
  const clock = new ManualClock();
  const handedOn: string[] = [];
  return { clock, handedOn, lines: gatherLines(clock, (lines) => handedOn.push(lines)) };
}

describe("gatherLines", () => {
  it("hands on together what comes within a fifth of a second", () => {
    const { clock, handedOn, lines } = setUp();
    lines.write("a\n");
    clock.advance(199);
    lines.write("b\n");
    expect(handedOn).toEqual([]);
    clock.advance(1);
    expect(handedOn).toEqual(["a\nb\n"]);
    lines.write("c\n");
    clock.advance(200);
    expect(handedOn).toEqual(["a\nb\n", "c\n"]);
  });

  it("does not wait when much has come", () => {
    const { clock, handedOn, lines } = setUp();
    const line = `${"x".repeat(4_999)}\n`;
    lines.write(line);
    lines.write(line);
    expect(handedOn).toEqual([line + line]);
    expect(clock.pending).toBe(0);
  });

  it("hands on what waits when it is told to, and nothing when nothing does", () => {
    const { clock, handedOn, lines } = setUp();
    lines.write("a\n");
    lines.flush();
    lines.flush();
    expect(handedOn).toEqual(["a\n"]);
    expect(clock.pending).toBe(0);
  });
});
