import { describe, expect, it } from "vitest";

import { wantsColour } from "./wants-colour.ts";

describe("wantsColour", () => {
  it.each([
    { env: {}, isTerminal: true, coloured: true },
    { env: {}, isTerminal: false, coloured: false },
    { env: { NO_COLOR: "" }, isTerminal: true, coloured: false },
    { env: { NO_COLOR: "0", FORCE_COLOR: "1" }, isTerminal: true, coloured: false },
    { env: { FORCE_COLOR: "0" }, isTerminal: true, coloured: false },
    { env: { FORCE_COLOR: "0", OLLA_FORCE_COLORS: "true" }, isTerminal: true, coloured: false },
    { env: { FORCE_COLOR: "" }, isTerminal: false, coloured: true },
    { env: { OLLA_FORCE_COLORS: "true" }, isTerminal: false, coloured: true },
    { env: { OLLA_FORCE_COLORS: "false" }, isTerminal: true, coloured: true },
  ])("is $coloured for $env on a terminal: $isTerminal", ({ env, isTerminal, coloured }) => {
    expect(wantsColour(env, isTerminal)).toBe(coloured);
  });
});
