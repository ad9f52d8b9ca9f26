import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { toAuthHeader } from "./auth.ts";
import type { AuthConfig } from "./schema-endpoint.ts";

describe("toAuthHeader", () => {
  let cwd: string;

  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), "olla-auth-"));
    writeFileSync(join(cwd, "secret"), "hunter2\n");
    writeFileSync(join(cwd, "lines"), "hunter2\nhunter3\n");
    writeFileSync(join(cwd, "empty"), "\n");
  });

  afterAll(() => {
    rmSync(cwd, { recursive: true });
  });

  function resolve(auth: Partial<AuthConfig>): {
    header: readonly string[] | undefined;
    reports: string[];
  } {
    const reports: string[] = [];
    const header = toAuthHeader(
      { type: "", ...auth },
      { cwd, env: { TOKEN: "hunter2", BLANK: "" } },
      (key, message) => {
        reports.push(`${key}: ${message}`);
      },
    );
    return { header, reports };
  }

  it.each<{ auth: Partial<AuthConfig>; header: readonly [string, string] }>([
    { auth: { type: "bearer", token: "t" }, header: ["Authorization", "Bearer t"] },
    { auth: { type: "bearer", token: "${TOKEN}" }, header: ["Authorization", "Bearer hunter2"] },
    { auth: { type: "bearer", token: "${NONE:-x}" }, header: ["Authorization", "Bearer x"] },
    { auth: { type: "bearer", token_file: "secret" }, header: ["Authorization", "Bearer hunter2"] },
    { auth: { type: "api_key", key: "k" }, header: ["X-Api-Key", "k"] },
    {
      auth: { type: "api_key", key_file: "secret", header: "X-Key" },
      header: ["X-Key", "hunter2"],
    },
    { auth: { type: "api_key", key: "k", header: "" }, header: ["X-Api-Key", "k"] },
    {
      auth: { type: "basic", username: "u", password: "p" },
      header: ["Authorization", "Basic dTpw"],
    },
    {
      auth: { type: "basic", username: "u", password_file: "secret" },
      header: ["Authorization", "Basic dTpodW50ZXIy"],
    },
  ])("CF-36 CF-37 CF-41 makes $auth into $header", ({ auth, header }) => {
    expect(resolve(auth)).toEqual({ header, reports: [] });
  });

  it("tolerates a header name where the type has no use for it", () => {
    expect(resolve({ type: "bearer", token: "t", header: "X-Key" }).reports).toEqual([]);
  });

  it.each<{ auth: Partial<AuthConfig>; report: string }>([
    { auth: {}, report: "type: is missing; allowed: bearer, api_key, basic" },
    {
      auth: { type: "oauth" },
      report: "type: is not known; allowed: bearer, api_key, basic",
    },
    {
      auth: { type: "toString" },
      report: "type: is not known; allowed: bearer, api_key, basic",
    },
    {
      auth: { type: "berer" },
      report: 'type: is not known; allowed: bearer, api_key, basic; did you mean "bearer"?',
    },
  ])("CF-34 refuses $auth", ({ auth, report }) => {
    expect(resolve(auth)).toEqual({ header: undefined, reports: [report] });
  });

  it("CF-35 refuses a secret given in both ways, or in none", () => {
    expect(resolve({ type: "bearer", token: "t", token_file: "secret" }).reports).toEqual([
      "token: is given together with token_file; keep one of them",
    ]);
    expect(resolve({ type: "basic", username: "u" }).reports).toEqual([
      "password: is missing; give password or password_file",
    ]);
  });

  it("refuses fields that belong to another type", () => {
    const { reports } = resolve({ type: "bearer", token: "t", key: "k", password_file: "secret" });
    expect(reports).toEqual([
      "key: does not belong to type bearer",
      "password_file: does not belong to type bearer",
    ]);
  });

  it("CF-36 names every missing variable and no value", () => {
    const { header, reports } = resolve({ type: "bearer", token: "${TOKEN}${NONE}${GONE}" });
    expect(header).toBeUndefined();
    expect(reports).toEqual([
      "token: the environment lacks NONE, GONE; set them, or write ${NAME:-fallback}",
    ]);
  });

  it("refuses secrets that turn out empty", () => {
    expect(resolve({ type: "bearer", token: "${BLANK}" }).reports).toEqual(["token: is empty"]);
    expect(resolve({ type: "bearer", token_file: "empty" }).reports).toEqual([
      'token_file: "empty" is empty',
    ]);
    expect(resolve({ type: "bearer", token_file: "gone" }).reports).toEqual([
      'token_file: "gone" cannot be read',
    ]);
  });

  it("refuses a secret that no header field can carry, without showing it", () => {
    for (const auth of [
      { token: "hunter2\nX: y" },
      { token_file: "lines" },
      { token: "密hunter2" },
    ]) {
      const { header, reports } = resolve({ type: "bearer", ...auth });
      expect(header).toBeUndefined();
      expect(reports).toHaveLength(1);
      expect(reports[0]).toMatch(/^token(_file)?: holds a line break or another character/);
      expect(reports[0]).not.toContain("hunter");
    }
  });

  it("sends Basic credentials of any characters, as UTF-8", () => {
    const { header } = resolve({ type: "basic", username: "ü", password: "密" });
    const encoded = header?.[1]?.replace("Basic ", "") ?? "";
    expect(Buffer.from(encoded, "base64").toString()).toBe("ü:密");
  });

  it.each(["Content-Length", "connection", "Host"])("refuses to send a key in %s", (header) => {
    const resolved = resolve({ type: "api_key", key: "k", header });
    expect(resolved.header).toBeUndefined();
    expect(resolved.reports).toEqual([
      "header: belongs to the connection; a key cannot travel in it",
    ]);
  });

  it("refuses a header name that is none", () => {
    expect(resolve({ type: "api_key", key: "k", header: "X Key" }).reports).toEqual([
      "header: is not the name of a header field",
    ]);
  });
});
