import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { type Asset, negotiate, toAssets } from "./assets.ts";
import { readPageFiles } from "./page-files.ts";

function builtPage(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "olla-assets-"));
  mkdirSync(join(path, "assets"));
  writeFileSync(join(path, "index.html"), "<!doctype html>");
  writeFileSync(join(path, "assets", "main-1a2b.js"), "let page;");
  writeFileSync(join(path, "assets", "main-1a2b.js.gz"), gzipSync("let page;"));
  writeFileSync(join(path, "assets", "main-1a2b.js.br"), "not read here");
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function script(path: string): Asset {
  const assets = toAssets(readPageFiles(path));
  const found = "files" in assets ? assets.files.get("assets/main-1a2b.js") : undefined;
  if (found === undefined) throw new Error("the script was not loaded");
  return found;
}

describe("toAssets", () => {
  it("reads files with their type, caching and codings, and no coding as a file", () => {
    using page = builtPage();
    const assets = toAssets(readPageFiles(page.path));
    const names = "files" in assets ? [...assets.files.keys()].toSorted() : [];
    expect(names).toEqual(["assets/main-1a2b.js", "index.html"]);
    expect(script(page.path)).toMatchObject({
      contentType: "text/javascript; charset=utf-8",
      cacheControl: "public, max-age=31536000, immutable",
    });
  });

  it("gives each coding a strong tag of its own, equal for equal bytes", () => {
    using page = builtPage();
    const { identity, gzip, br } = script(page.path);
    const tags = [identity.etag, gzip?.etag, br?.etag];
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) expect(tag).toMatch(/^"[0-9a-f]{32}(?:-gzip|-br)?"$/);
    expect(script(page.path).identity.etag).toBe(identity.etag);
  });

  it("says why there is no page", () => {
    using page = builtPage();
    rmSync(join(page.path, "index.html"));
    expect(toAssets(readPageFiles(page.path))).toEqual({
      missing: `The dashboard was not built: ${page.path} has no index.html.`,
    });
    expect(toAssets(readPageFiles("/nowhere"))).toEqual({
      missing: "The dashboard was not built: /nowhere has no index.html.",
    });
  });
});

describe("negotiate", () => {
  it.each([
    { accept: "", coding: undefined },
    { accept: "gzip", coding: "gzip" },
    { accept: "gzip, deflate, br, zstd", coding: "br" },
    { accept: "GZIP;q=0.5", coding: "gzip" },
    { accept: "br;q=0, gzip", coding: "gzip" },
    { accept: "gzip;q=0", coding: undefined },
    { accept: "*", coding: "br" },
    { accept: "br;q=0.000, *;q=0", coding: undefined },
    { accept: "xgzip, brr", coding: undefined },
  ])("answers Accept-Encoding $accept with $coding", ({ accept, coding }) => {
    using page = builtPage();
    expect(negotiate(script(page.path), accept).coding).toBe(coding);
  });
});
