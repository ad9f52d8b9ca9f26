import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { describe, expect, it } from "vitest";

import { readPages, ROOT, type Page } from "./pages.ts";

const pages = readPages();

interface Link {
  readonly place: string;
  /** As it is written. */
  readonly target: string;
}

/** Links and images of a page that lead into the checkout. */
function linksOf({ path, text }: Page): readonly Link[] {
  const prose = withoutCode(text);
  return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:href|src|srcset)="([^"]+)"/g)]
    .map(({ 1: markdown, 2: html, index }) => ({
      place: `${path}:${prose.slice(0, index).split("\n").length}`,
      target: markdown ?? html ?? "",
    }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** The text with blocks and code spans blanked, line for line. */
function withoutCode(text: string): string {
  return text
    .replaceAll(/^(\s*)(`{3,})[\s\S]*?^\1\2$/gm, (block) => block.replaceAll(/[^\n]/g, " "))
    .replaceAll(/`[^`\n]*`/g, (span) => " ".repeat(span.length));
}

/** What is wrong with a link; undefined for one that leads somewhere. */
function faultOf(page: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : resolveFile(page, path);
  if (file === undefined || !existsSync(join(ROOT, file))) return `no file ${path}`;
  if (page.startsWith("docs/") && !file.startsWith("docs/")) return `${path} is not on the site`;
  if (anchor === undefined) return undefined;
  return anchorsOf(file).has(anchor) ? undefined : `no heading #${anchor} in ${file}`;
}

function resolveFile(page: string, path: string): string {
  const target = normalize(join(dirname(page), path));
  const index = join(target, "index.md");
  return path.endsWith("/") && existsSync(join(ROOT, index)) ? index : target;
}

/** Ids of headings that are the same on the site and where the repository is read. */
function anchorsOf(file: string): ReadonlySet<string> {
  const text = withoutBlocks(readFileSync(join(ROOT, file), "utf8"));
  return new Set(
    [...text.matchAll(/^#{1,6} (.+)$/gm)]
      .map(([, heading = ""]) => ({ there: idOnForge(heading), here: idOnSite(heading) }))
      .flatMap(({ there, here }) => (there === here ? [here] : [])),
  );
}

function idOnForge(heading: string): string {
  const kept = heading.toLowerCase().replaceAll(/[^\w\s-]/g, "");
  return kept.trim().replaceAll(/\s/g, "-");
}

/** As VitePress makes it. */
function idOnSite(heading: string): string {
  const joined = heading.replaceAll(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'<>,.?/]+/g, "-");
  return joined.replaceAll(/^-+|-+$/g, "").toLowerCase();
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^(\s*)(`{3,})[\s\S]*?^\1\2$/gm, "");
}

describe("links of the documentation", () => {
  const links = pages.flatMap((page) =>
    linksOf(page).map((link) => ({ ...link, page: page.path })),
  );

  it("are found", () => {
    expect(links.length).toBeGreaterThan(80);
  });

  it("lead to files and headings that exist", () => {
    const dead = links.flatMap(({ place, page, target }) => {
      const fault = faultOf(page, target);
      return fault === undefined ? [] : [`${place}: ${fault}`];
    });
    expect(dead).toEqual([]);
  });

  it.each(["nowhere.md", "errors.md#nowhere", "../README.md"])("%s would be found", (target) => {
    expect(faultOf("docs/architecture.md", target)).toBeTypeOf("string");
  });

  it("leave no page of the site unreachable", () => {
    const linked = new Set(
      links.map(({ page, target }) => resolveFile(page, target.split("#")[0] ?? "")),
    );
    const navigation = readFileSync(join(ROOT, "docs/.vitepress/config.ts"), "utf8");
    const lost = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith("docs/") && path !== "docs/index.md")
      .filter((path) => !navigation.includes(`"${path.slice("docs/".length, -".md".length)}"`))
      .filter((path) => !/^docs\/decisions\/\d/.test(path) || !linked.has(path));
    expect(lost).toEqual([]);
  });
});
