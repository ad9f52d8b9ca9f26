import { describe, expect, it } from "vitest";

import { didYouMean, suggest } from "./suggest.ts";

describe("suggest", () => {
  it.each([
    ["prot", "port"],
    ["load_balancr", "load_balancer"],
    ["Port", "port"],
    ["shutdown_timeot", "shutdown_timeout"],
    ["olla-", "olla"],
  ])("finds for %s the word %s", (word, meant) => {
    const known = ["host", "port", "load_balancer", "shutdown_timeout", "olla"];
    expect(suggest(word, known)).toBe(meant);
  });

  it("prefers the nearest word, and the first of equally near ones", () => {
    expect(suggest("prot", ["part", "port", "pro"])).toBe("port");
    expect(suggest("hosd", ["host", "hose"])).toBe("host");
  });

  it.each(["", "x", "zz", "zzz", "completely_different"])("has nothing to offer for %j", (word) => {
    expect(suggest(word, ["ip", "all", "port", "load_balancer"])).toBeUndefined();
  });
});

describe("didYouMean", () => {
  it("ends a message with the suggestion, or not at all", () => {
    expect(didYouMean("sherpo", ["olla", "sherpa"])).toBe('; did you mean "sherpa"?');
    expect(didYouMean("nginx", ["olla", "sherpa"])).toBe("");
  });
});
