import { execFileSync } from "node:child_process";
import { basename } from "node:path";

import { describe, expect, it } from "vitest";

import { listTarballs, readManifest } from "./package-registry.ts";

function listFiles(tarball: string): readonly string[] {
  const files = execFileSync("tar", ["-tzf", tarball]).toString("utf8").trim().split("\n");
  return files.map((file) => file.replace(/^package\//, ""));
}

function readText(tarball: string, file: string): string {
  return execFileSync("tar", ["-xzOf", tarball, `package/${file}`]).toString("utf8");
}

describe.each(listTarballs().map((tarball) => [basename(tarball), tarball] as const))(
  "%s",
  (_name, tarball) => {
    const files = listFiles(tarball);

    it("holds licence, manifest and what was built, and nothing for tests alone", () => {
      expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
      expect(files.filter((file) => file.startsWith("dist/"))).not.toEqual([]);
      const isCore = basename(tarball).startsWith("olla-ts-core-");
      const leftovers = files.filter(
        (file) =>
          /\.(?:test|bench|worker)\.|tsbuildinfo|node_modules|\.turbo|tsconfig/.test(file) ||
          // The contracts of ports are a part of core that others use.
          (!isCore && /(?:^|\/)testing\//.test(file)),
      );
      expect(leftovers).toEqual([]);
    });

    it("depends on versions that a registry knows, and can be published", () => {
      const manifest = readManifest(tarball) as unknown as Record<string, unknown>;
      expect(manifest).not.toHaveProperty("private");
      expect(manifest["license"]).toBe("Apache-2.0");
      expect(JSON.stringify(manifest["dependencies"] ?? {})).not.toMatch(
        /workspace:|catalog:|file:|link:/,
      );
      expect(JSON.stringify(manifest["exports"])).not.toContain("@olla-ts/source");
    });

    it("has a README with an example to run", () => {
      expect(readText(tarball, "README.md")).toMatch(/^```(?:ts|sh)\b/m);
    });
  },
);
