import { describe, expect, it } from "vitest";

import { resolveAdminToken } from "./admin-token.ts";
import { loadConfig } from "./load.ts";

function resolve(
  text: string,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof resolveAdminToken> {
  return resolveAdminToken(loadConfig({ path: "config.yaml", text }, env), { env, cwd: "." });
}

const LONG = "a-token-of-some-length";

describe("resolveAdminToken", () => {
  it("is none unless operators may change something", () => {
    expect(resolve("admin: { token: x }")).toEqual({ token: undefined, problems: [] });
  });

  it("comes from the file, from a variable that it names, or from OLLA_ADMIN_TOKEN", () => {
    expect(resolve(`admin: { enabled: true, token: ${LONG} }`).token).toBe(LONG);
    expect(resolve('admin: { enabled: true, token: "${T}" }', { T: LONG }).token).toBe(LONG);
    expect(resolve("admin: { enabled: true }", { OLLA_ADMIN_TOKEN: LONG }).token).toBe(LONG);
  });

  it.each([
    { text: "admin: { enabled: true }", says: "lacks OLLA_ADMIN_TOKEN" },
    { text: "admin: { enabled: true, token: short }", says: "16 characters" },
    { text: 'admin: { enabled: true, token: "${T}" }', says: "lacks T" },
  ])("refuses $text", ({ text, says }) => {
    const { token, problems } = resolve(text, {});
    expect(token).toBeUndefined();
    expect(problems).toMatchObject([{ key: "admin.token", severity: "error" }]);
    expect(problems[0]?.message).toContain(says);
    expect(problems[0]?.message).not.toContain("short");
  });
});
