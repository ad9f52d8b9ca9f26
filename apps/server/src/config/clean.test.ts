import { describe, expect, it } from "vitest";

import { clean, type UnknownKey } from "./clean.ts";
import { configSchema } from "./schema.ts";

function cleaned(
  value: unknown,
  written?: () => string,
): { value: unknown; unknown: UnknownKey[] } {
  const unknown: UnknownKey[] = [];
  const report = (key: UnknownKey): void => {
    unknown.push(key);
  };
  const options = written === undefined ? { report } : { report, written };
  return { value: clean(configSchema, value, options), unknown };
}

describe("clean", () => {
  it("C1 takes out unknown keys of every level and reports each with the key that was meant", () => {
    const { value, unknown } = cleaned({
      bogus: 1,
      sevrer: {},
      server: { port: 1, prot: 2, cors: { enable: true } },
      discovery: { static: { endpoints: [{ url: "u" }, { url: "v", pirority: 1 }] } },
    });
    expect(value).toEqual({
      server: { port: 1, cors: {} },
      discovery: { static: { endpoints: [{ url: "u" }, { url: "v" }] } },
    });
    expect(unknown).toEqual([
      { path: ["bogus"], meant: undefined },
      { path: ["sevrer"], meant: "server" },
      { path: ["server", "prot"], meant: "port" },
      { path: ["server", "cors", "enable"], meant: "enabled" },
      { path: ["discovery", "static", "endpoints", 1, "pirority"], meant: "priority" },
    ]);
  });

  it("takes a key with another case for unknown", () => {
    const { value, unknown } = cleaned({ Server: { port: 1 } });
    expect(value).toEqual({});
    expect(unknown).toEqual([{ path: ["Server"], meant: "server" }]);
  });

  it.each(["__proto__", "constructor", "toString"])("takes %s for unknown", (key) => {
    const { value, unknown } = cleaned({ [key]: 1 });
    expect(value).toEqual({});
    expect(unknown.map(({ path }) => path)).toEqual([[key]]);
  });

  it("drops scalars, groups and maps set to nothing, so that their defaults stay", () => {
    expect(cleaned({ server: { port: null, cors: null }, model_aliases: null }).value).toEqual({
      server: {},
    });
  });

  it("CF-8 makes a list set to nothing empty", () => {
    const value = {
      server: { cors: { allowed_origins: null } },
      discovery: { static: { endpoints: null } },
    };
    expect(cleaned(value).value).toEqual({
      server: { cors: { allowed_origins: [] } },
      discovery: { static: { endpoints: [] } },
    });
  });

  it("makes numbers text where text is expected, as the file has them", () => {
    const value = { server: { host: 7, port: 8 }, model_aliases: { a: [1.1] } };
    expect(cleaned(value, () => "007").value).toEqual({
      server: { host: "007", port: 8 },
      model_aliases: { a: ["007"] },
    });
    expect(cleaned(value).value).toMatchObject({ server: { host: "7", port: 8 } });
  });

  it("leaves values of the wrong kind for validation", () => {
    const value = { server: [1], proxy: "x", discovery: { static: { endpoints: "x" } } };
    expect(cleaned(value).value).toEqual(value);
  });

  it("ends on a list that holds itself", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(() => cleaned({ model_aliases: { a: circle } })).not.toThrow();
  });
});
