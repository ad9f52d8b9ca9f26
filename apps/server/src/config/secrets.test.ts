import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expand, missingVariables, readSecretFile } from "./secrets.ts";

describe("expand", () => {
  const env = { NAME: "value", EMPTY: "", OTHER: "second" };

  it.each([
    ["plain", "plain"],
    ["${NAME}", "value"],
    ["a-${NAME}-b-${OTHER}-c", "a-value-b-second-c"],
    ["${NAME:-fallback}", "value"],
    ["${NONE:-fallback}", "fallback"],
    ["${NONE:-}", ""],
    ["${EMPTY:-fallback}", "fallback"],
    ["${EMPTY}", ""],
    ["$NAME", "$NAME"],
    ["${1X}", "${1X}"],
    ["${}", "${}"],
    ["${NAME", "${NAME"],
    ["$${NAME}", "$value"],
  ])("CF-36 makes %s into %j", (text, expanded) => {
    expect(expand(text, env)).toEqual({ text: expanded });
  });

  it("does not expand what a variable holds", () => {
    expect(expand("${A}", { A: "${B}", B: "b" })).toEqual({ text: "${B}" });
  });

  it("does not read dollar patterns of a value as replacements", () => {
    expect(expand("<${A}>", { A: "$& $1 $$" })).toEqual({ text: "<$& $1 $$>" });
  });

  it("CF-36 lists every variable that is missing", () => {
    expect(expand("${NONE}-${NAME}-${GONE}", env)).toEqual({ missing: ["NONE", "GONE"] });
  });

  it.each(["toString", "constructor", "__proto__"])(
    "has no variable %s unless it is set",
    (name) => {
      expect(expand(`\${${name}}`, {})).toEqual({ missing: [name] });
    },
  );
});

describe("missingVariables", () => {
  it("names them and what to do", () => {
    expect(missingVariables(["A"])).toBe(
      "the environment lacks A; set it, or write ${NAME:-fallback}",
    );
    expect(missingVariables(["A", "B"])).toContain("lacks A, B; set them,");
  });
});

describe("readSecretFile", () => {
  let cwd: string;

  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), "olla-secrets-"));
    writeFileSync(join(cwd, "token"), "\n  s3cret ${HOME}\n\n");
    writeFileSync(join(cwd, "blank"), " \n");
  });

  afterAll(() => {
    rmSync(cwd, { recursive: true });
  });

  it("CF-37 gives the content without the blanks around it, unexpanded", () => {
    expect(readSecretFile("token", { cwd, env: { HOME: "/home" } })).toEqual({
      text: "s3cret ${HOME}",
    });
  });

  it("CF-38 does not expand the path", () => {
    expect(readSecretFile("${NAME}", { cwd, env: { NAME: "token" } })).toEqual({
      fault: '"${NAME}" cannot be read',
    });
  });

  it.each(["gone", "."])("refuses %s, which cannot be read", (path) => {
    expect(readSecretFile(path, { cwd, env: {} })).toEqual({ fault: `"${path}" cannot be read` });
  });

  it("refuses an empty file", () => {
    expect(readSecretFile("blank", { cwd, env: {} })).toEqual({ fault: '"blank" is empty' });
  });
});
