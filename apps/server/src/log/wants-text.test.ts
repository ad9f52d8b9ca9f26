import { describe, expect, it } from "vitest";

import { wantsText } from "./wants-text.ts";

describe("wantsText", () => {
  const facts = { format: "json", isTerminal: false, chosen: undefined, pretty: undefined };

  it.each([
    { over: {}, text: false },
    { over: { format: "text" }, text: true },
    { over: { isTerminal: true }, text: true },
    { over: { isTerminal: true, chosen: "json" }, text: false },
    { over: { isTerminal: true, chosen: "" }, text: true },
    { over: { isTerminal: true, pretty: false }, text: false },
    { over: { isTerminal: true, pretty: false, format: "text" }, text: true },
    { over: { pretty: true }, text: false },
  ])("is $text for $over", ({ over, text }) => {
    expect(wantsText({ ...facts, ...over })).toBe(text);
  });
});
