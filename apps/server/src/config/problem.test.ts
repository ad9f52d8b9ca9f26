import { describe, expect, it } from "vitest";

import { ConfigError, formatProblem, isTold, type ConfigProblem } from "./problem.ts";

const problem: ConfigProblem = {
  severity: "error",
  file: "config.yaml",
  line: 12,
  column: 5,
  key: "proxy.engine",
  message: "is wrong",
};

describe("formatProblem", () => {
  it("tells file, line, column, key and what is wrong, on one line", () => {
    expect(formatProblem(problem)).toBe("config.yaml:12:5: proxy.engine: is wrong");
  });

  it("leaves out what is not known", () => {
    const nowhere = { ...problem, file: undefined, line: undefined, column: undefined };
    expect(formatProblem({ ...nowhere, key: "OLLA_SERVER_PORT" })).toBe(
      "OLLA_SERVER_PORT: is wrong",
    );
    expect(formatProblem({ ...problem, key: "" })).toBe("config.yaml:12:5: is wrong");
  });
});

describe("ConfigError", () => {
  it("holds every problem and shows them all", () => {
    const error = new ConfigError([problem, { ...problem, line: 20 }]);
    expect(error.problems).toHaveLength(2);
    expect(error.message.split("\n")).toHaveLength(2);
  });
});

describe("isTold", () => {
  it.each([
    ["a.b", true],
    ["a.b.c", true],
    ["a.b[0]", true],
    ["a.bc", false],
    ["a", false],
  ])("with a problem about a.b, knows of %s: %s", (key, told) => {
    expect(isTold([{ ...problem, key: "a.b" }], key)).toBe(told);
  });
});
