import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { runCheck } from "./check.ts";

describe("olla check", () => {
  let cwd: string;

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), "olla-check-"));
  });

  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  async function check(
    text: string | undefined,
    { strict = false, env = {} }: { strict?: boolean; env?: Record<string, string> } = {},
  ): Promise<{ status: number; lines: readonly string[] }> {
    if (text !== undefined) writeFileSync(join(cwd, "config.yaml"), text);
    let printed = "";
    const print = (part: string): void => {
      printed += part;
    };
    const status = await runCheck({ configPath: undefined, strict }, { env, cwd, print });
    return { status, lines: printed.split("\n").slice(0, -1) };
  }

  it("passes a good configuration and counts its endpoints", async () => {
    const text = "discovery: {static: {endpoints: [{url: 'http://a'}, {url: 'http://b'}]}}";
    expect(await check(text)).toEqual({
      status: 0,
      lines: ["[OK] config.yaml: 2 endpoint(s)", "Result: PASS (0 error(s), 0 warning(s))"],
    });
  });

  it("passes the defaults where there is no file", async () => {
    expect(await check(undefined)).toEqual({
      status: 0,
      lines: ["[OK] built-in defaults: 1 endpoint(s)", "Result: PASS (0 error(s), 0 warning(s))"],
    });
  });

  it("C2 prints every problem, of keys and endpoints, and fails", async () => {
    const { status, lines } = await check(`proxy: {engine: zzz, prot: 1}
model_aliases: {a: []}
discovery: {static: {endpoints: [{url: 'http://a', type: nothing}]}}
`);
    expect(status).toBe(1);
    expect(lines.map((line) => line.split(": ").slice(0, 2).join(": "))).toEqual([
      "[FAIL] config.yaml:1:9: proxy.engine",
      "[FAIL] config.yaml:2:17: model_aliases.a",
      "[FAIL] config.yaml:3:52: discovery.static.endpoints[0].type",
      "[WARN] config.yaml:1:22: proxy.prot",
      "Result: FAIL (3 error(s), 1 warning(s))",
    ]);
  });

  it("C1 passes with warnings, unless it is strict", async () => {
    const text = "server: {prot: 1}";
    expect(await check(text)).toMatchObject({
      status: 0,
      lines: [
        expect.stringMatching(/^\[WARN\] /),
        expect.stringMatching(/^\[OK\] /),
        "Result: PASS (0 error(s), 1 warning(s))",
      ],
    });
    const { status, lines } = await check(text, { strict: true });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe("Result: FAIL (0 error(s), 1 warning(s))");
  });

  it("C20 tells of variables that cannot be read", async () => {
    const { lines } = await check("", { env: { OLLA_SERVER_PORT: "http" } });
    expect(lines[0]).toBe(
      '[WARN] OLLA_SERVER_PORT: expected a whole number, got "http"; the variable is ignored',
    );
  });

  it("fails for a file that is missing or broken", async () => {
    expect(await check(undefined, { env: { OLLA_CONFIG_FILE: "gone.yaml" } })).toMatchObject({
      status: 1,
      lines: [expect.stringMatching(/^\[FAIL\] gone\.yaml: no such file/), expect.anything()],
    });
    expect(await check("server: [")).toMatchObject({
      status: 1,
      lines: [expect.stringMatching(/^\[FAIL\] config\.yaml:1:10: /), expect.anything()],
    });
  });
});
