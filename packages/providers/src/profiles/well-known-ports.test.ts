import { describe, expect, it } from "vitest";

import { wellKnownPorts } from "./well-known-ports.ts";

describe("wellKnownPorts", () => {
  it("lists the ports of all kinds in order, several kinds per port", () => {
    const ports = wellKnownPorts();
    expect(ports).toContainEqual({ port: 11_434, type: "ollama" });
    expect(ports).toContainEqual({ port: 13_305, type: "lemonade" });
    expect(ports.filter(({ port }) => port === 3000)).toEqual([
      { port: 3000, type: "tei" },
      { port: 3000, type: "tgi" },
    ]);
    const numbers = ports.map(({ port }) => port);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});
