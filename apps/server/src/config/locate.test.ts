import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { locateConfig, type LocatedFile } from "./locate.ts";

const CANDIDATES = [
  "config/config.local.yaml",
  "config/config.yaml",
  "config.yaml",
  "default.yaml",
];

describe("locateConfig", () => {
  let cwd: string;

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), "olla-locate-"));
  });

  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  function write(...paths: readonly string[]): void {
    for (const path of paths) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), `# ${path}`);
    }
  }

  function locate(named?: string, env: Record<string, string> = {}): LocatedFile | undefined {
    return locateConfig({ named, env, cwd });
  }

  it("CF-2 prefers the named file to OLLA_CONFIG_FILE, and that to the default ones", () => {
    write("named.yaml", "variable.yaml", "config.yaml");
    const env = { OLLA_CONFIG_FILE: "variable.yaml" };
    expect(locate("named.yaml", env)?.path).toBe("named.yaml");
    expect(locate(undefined, env)?.path).toBe("variable.yaml");
    expect(locate()?.path).toBe("config.yaml");
  });

  it.each(CANDIDATES.map((path, index) => [path, CANDIDATES.slice(index)] as const))(
    "CF-3 CF-4 reads %s and nothing after it",
    (path, present) => {
      write(...present);
      expect(locate()).toEqual({ path, text: `# ${path}` });
    },
  );

  it("CF-7 finds nothing in an empty folder", () => {
    expect(locate()).toBeUndefined();
  });

  it("skips a default candidate that cannot be read, such as a folder", () => {
    mkdirSync(join(cwd, "config.yaml"));
    write("default.yaml");
    expect(locate()?.path).toBe("default.yaml");
  });

  it("takes an empty OLLA_CONFIG_FILE for none", () => {
    write("config.yaml");
    expect(locate(undefined, { OLLA_CONFIG_FILE: "" })?.path).toBe("config.yaml");
  });

  it("takes an absolute path as it is", () => {
    write("elsewhere/olla.yaml");
    const path = join(cwd, "elsewhere/olla.yaml");
    expect(locate(path)).toEqual({ path, text: "# elsewhere/olla.yaml" });
  });

  it("CF-5 refuses a named file that is missing, naming it and how it was named", () => {
    write("config.yaml");
    expect(() => locate("gone.yaml")).toThrow(/^gone\.yaml: no such file; give --config /);
    expect(() => locate(undefined, { OLLA_CONFIG_FILE: "gone.yaml" })).toThrow(
      /^gone\.yaml: no such file; give OLLA_CONFIG_FILE /,
    );
  });

  it("refuses a named folder", () => {
    mkdirSync(join(cwd, "folder"));
    expect(() => locate("folder")).toThrow(/^folder: cannot be read \(EISDIR/);
  });
});
