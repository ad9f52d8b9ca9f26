import { join } from "node:path";

import { builtInProfiles } from "@olla-ts/providers";
import { describe, expect, it } from "vitest";

import { backendsPage } from "./backends-page.ts";
import { readPages, ROOT } from "./pages.ts";

const profiles = [...builtInProfiles().values()];

describe("the reference page of the kinds of backend", () => {
  it("is the committed one; vitest -u writes it anew", async () => {
    const page = join(ROOT, "docs/reference/backends.md");
    await expect(backendsPage(profiles)).toMatchFileSnapshot(page);
  });
});

it("the comparison counts as many kinds as there are", () => {
  const comparison = readPages().find(({ path }) => path === "docs/comparison.md");
  expect(comparison?.text).toContain(`| ${profiles.length} kinds,`);
});

describe("the page of a backend", () => {
  const pages = readPages().filter(({ path }) => /^docs\/backends\/(?!index)/.test(path));

  it.each(pages)("$path names the paths and ports of its profile", ({ path, text }) => {
    const type = path.replace(/^.*\/(.*)\.md$/, "$1");
    const profile = profiles.find((one) => one.type === type);
    expect(text).toContain(`| health check | \`GET ${profile?.healthPath}\``);
    expect(text).toContain(`\`GET ${profile?.modelsPath}\``);
    for (const port of profile?.defaultPorts.slice(0, 1) ?? []) expect(text).toContain(`${port}`);
    for (const alias of profile?.aliases ?? []) expect(text).toContain(`\`${alias}\``);
  });
});
