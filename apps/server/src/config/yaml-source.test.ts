import { describe, expect, it } from "vitest";

import { formatKey, parseYaml, type KeyPath } from "./yaml-source.ts";

function valueOf(text: string): unknown {
  const { value, problems } = parseYaml(text, "config.yaml");
  expect(problems).toEqual([]);
  return value;
}

describe("parseYaml", () => {
  it.each(["", "\n\n", "# only a comment\n", "---\n", "~", "null"])(
    "takes %j for no keys",
    (text) => {
      expect(valueOf(text)).toEqual({});
    },
  );

  it("accepts JSON", () => {
    expect(valueOf('{"server": {"port": 1}}')).toEqual({ server: { port: 1 } });
  });

  it("accepts a byte order mark", () => {
    expect(valueOf("\uFEFFserver:\n  port: 1")).toEqual({ server: { port: 1 } });
  });

  it("accepts anchors, aliases and merges", () => {
    const text = "base: &base {a: 1, b: 2}\nmerged: {<<: *base, b: 3}\nsame: *base";
    expect(valueOf(text)).toMatchObject({ merged: { a: 1, b: 3 }, same: { a: 1, b: 2 } });
  });

  it("reads the first of several documents only", () => {
    expect(valueOf("a: 1\n---\na: 2\n---\n]broken[")).toEqual({ a: 1 });
  });

  it.each([
    { text: "a: 1\na: 2", title: "CF-10 a duplicate key", place: [2, 1] },
    { text: "a:\n\tb: 1", title: "a tab as indentation", place: [2, 1] },
    { text: "- a", title: "a list at the top", place: [1, 1] },
    { text: "words", title: "a single value at the top", place: [1, 1] },
    { text: "a:\n  b: *none", title: "an alias without its anchor", place: [2, 6] },
    { text: "a: 1\n  b: 2", title: "a key below a value", place: [1, 4] },
    { text: "<<: 1", title: "a merge with a number", place: [1, 1] },
  ])("refuses $title and tells where", ({ text, place }) => {
    const [problem] = parseYaml(text, "config.yaml").problems;
    expect(problem).toMatchObject({
      severity: "error",
      file: "config.yaml",
      line: place[0],
      column: place[1],
    });
  });

  it("tells what to do when text begins with a star, without repeating it", () => {
    expect(parseYaml("token: *hunter2", "f").problems[0]?.message).toBe(
      "this alias has no anchor above it; text that begins with * needs quotes",
    );
  });

  it("refuses aliases that multiply without bound", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level += 1) {
      const items = Array.from({ length: 10 }, () => `*a${level - 1}`);
      lines.push(`a${level}: &a${level} [${items.join(", ")}]`);
    }
    expect(parseYaml(lines.join("\n"), "f").problems).toHaveLength(1);
  });

  it("refuses what is nested too deeply, with a handful of problems", () => {
    const { problems } = parseYaml("[".repeat(20_000), "f");
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(10);
  });

  it.each([
    "a: {token: x} hunter2",
    'a: "hunter2',
    "a: [hunter2",
    "a: 1\n}hunter2",
    "a: hunter2: b",
    "a: 'hunter2' 'hunter2'",
    "@hunter2",
    "a: {b: c}> hunter2",
    "a: *hunter2",
    "hunter2",
  ])("repeats nothing of the text in the problem of %j", (text) => {
    const { problems } = parseYaml(text, "f");
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});

describe("places of a file", () => {
  const source = parseYaml(
    `server:
  port: 1
discovery:
  static:
    endpoints:
      - url: http://a
      - {url: http://b, type: vllm}
shared: &shared {a: 1}
copy: *shared
`,
    "config.yaml",
  );

  it.each<{ path: KeyPath; line: number; column: number }>([
    { path: ["server"], line: 1, column: 1 },
    { path: ["server", "port"], line: 2, column: 3 },
    { path: ["discovery", "static", "endpoints", 0, "url"], line: 6, column: 9 },
    { path: ["discovery", "static", "endpoints", 1], line: 7, column: 9 },
    { path: ["discovery", "static", "endpoints", 1, "type"], line: 7, column: 25 },
  ])("finds line $line, column $column", ({ path, line, column }) => {
    expect(source.place(path)).toEqual({ line, column });
  });

  it("gives the nearest key above for a key that is not written", () => {
    expect(source.place(["server", "host"])).toEqual({ line: 1, column: 1 });
    expect(source.place(["discovery", "static", "endpoints", 0, "auth", "token"])).toEqual({
      line: 6,
      column: 9,
    });
    expect(source.place(["copy", "a"])).toEqual({ line: 9, column: 1 });
  });

  it("has no place for what the file does not mention at all", () => {
    expect(source.place(["proxy", "engine"])).toBeUndefined();
    expect(source.place([])).toBeUndefined();
  });

  it("tells how a scalar is written", () => {
    const numbers = parseYaml("a: 007\nb: [1.10, 'x']\nc: {d: e}", "f");
    expect(numbers.written(["a"])).toBe("007");
    expect(numbers.written(["b", 0])).toBe("1.10");
    expect(numbers.written(["b", 1])).toBe("x");
    expect(numbers.written(["c"])).toBeUndefined();
    expect(numbers.written(["none"])).toBeUndefined();
  });
});

describe("formatKey", () => {
  it("writes list positions in brackets", () => {
    expect(formatKey(["discovery", "static", "endpoints", 2, "url"])).toBe(
      "discovery.static.endpoints[2].url",
    );
  });

  it.each(["llama3.1:8b", "org/model", "X-Api-Key"])("shows the key %s", (key) => {
    expect(formatKey(["model_aliases", key])).toBe(`model_aliases.${key}`);
  });

  it.each(['token "hunter2"', "Authorization Bearer", "a\nb", "", "x".repeat(65)])(
    "does not show %j, which is no key but a mistake",
    (key) => {
      expect(formatKey(["auth", key, 0])).toBe("auth.…[0]");
    },
  );
});
