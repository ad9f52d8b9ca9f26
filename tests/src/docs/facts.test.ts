import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ERROR_CODES } from "@olla-ts/core";
import { COMMANDS } from "@olla-ts/server/cli/commands";
import { parseArguments } from "@olla-ts/server/cli/parse-arguments";
import { configSchema } from "@olla-ts/server/config/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chat } from "../harness/chat.ts";
import { startDocsFleet, type DocsFleet } from "./fleet.ts";
import { readPages, ROOT } from "./pages.ts";

const pages = readPages();

function textOf(path: string): string {
  return readFileSync(join(ROOT, "docs", path), "utf8");
}

/** Code spans of all pages, each once, that have this form. */
function spans(form: RegExp, skipped: readonly string[] = []): readonly string[] {
  const texts = pages.filter(({ path }) => !skipped.includes(path)).map(({ text }) => text);
  const found = texts.join("\n").matchAll(/`([^`\n]+)`/g);
  return [...new Set([...found].map(([, span = ""]) => span).filter((span) => form.test(span)))];
}

let fleet: DocsFleet;

beforeAll(async () => {
  fleet = await startDocsFleet();
}, 60_000);

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

describe("addresses that the pages give to clients", () => {
  /** What a client asks first, by the end of its base URL. */
  const FIRST: Readonly<Record<string, string>> = {
    openai: "/v1/models",
    anthropic: "/v1/models",
    ollama: "/api/tags",
    v1: "/models",
  };

  it.each(spans(/^http:\/\/(?:localhost|host\.docker\.internal):40114\/olla\/[\w/]+$/))(
    "%s has models",
    async (address) => {
      const { pathname } = new URL(address);
      const path = pathname + (FIRST[pathname.split("/").at(-1) ?? ""] ?? "");
      const response = await fetch(fleet.world.url + path);
      expect(await response.text()).toContain("llama3.1:8b");
      expect(response.status).toBe(200);
    },
  );
});

describe("the page of routes and fields", () => {
  const page = textOf("reference/http.md");
  const routes = [...page.matchAll(/^\| `GET (\/\S+)` \|/gm)].map(([, route = ""]) => route);

  it.each(routes.filter((route) => route !== "/internal/ui/"))("GET %s answers", async (route) => {
    const path = route.replace("{id}", "llama3.1:8b");
    expect((await fetch(fleet.world.url + path)).status).toBe(200);
  });

  it("has every document that the gateway answers", () => {
    const sources = sourcesBelow("apps/server/src/routes");
    const known = sources.flatMap((source) => [
      ...source.matchAll(/readOnly\(app, "((?:\/internal)?\/[\w/]+)"/g),
    ]);
    expect(known.length).toBeGreaterThan(10);
    for (const [, route] of known) expect(routes).toContain(route);
  });

  it("shows an error as it is", async () => {
    const [, shown = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    const response = await chat(fleet.world.url, { model: "gpt-9" });
    expect(await response.json()).toEqual(JSON.parse(shown));
  });

  it("has the fields of the gateway's own, and no others", () => {
    const sources = sourcesBelow("apps/server/src").join("\n");
    const sent = new Set(
      [...sources.matchAll(/X-Olla-[A-Z][A-Za-z]*(?:-[A-Za-z]+)*/g)].map(String),
    );
    const told = new Set([...page.matchAll(/X-Olla-[A-Z][A-Za-z]*(?:-[A-Za-z]+)*/g)].map(String));
    expect([...told].toSorted()).toEqual([...sent].toSorted());
  });
});

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(ROOT, folder, file), "utf8"));
}

describe("names in the pages", () => {
  it("has every command on its page", () => {
    const page = textOf("reference/command-line.md");
    for (const { name } of COMMANDS) expect(page).toMatch(new RegExp(`\`olla \\[?${name}`));
  });

  // The page of commands has words of its own in place of values.
  it.each(spans(/^olla [a-z-]/, ["docs/reference/command-line.md"]))("%s makes sense", (line) => {
    const [, ...words] = line.split(" ");
    expect(() => parseArguments(words)).not.toThrow();
  });

  it("speaks of error codes that exist", () => {
    const page = textOf("operations/troubleshooting.md");
    const codes = [...page.matchAll(/\| \d{3} `(\w+)`/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(8);
    expect(ERROR_CODES).toEqual(expect.arrayContaining(codes));
  });

  it("speaks of keys of the configuration that exist", () => {
    const sections = Object.keys(configSchema.shape).join("|");
    // The page of differences names keys of the other program, too.
    const keys = spans(new RegExp(`^(?:${sections})\\.[a-z_.]+$`), ["docs/compatibility.md"]);
    const reference = textOf("reference/configuration.md");
    const unknown = keys.filter(
      (key) => !new RegExp(`\`${key.replaceAll(".", "(?:\\[\\])?\\.")}[\`.\\[]`).test(reference),
    );
    expect(keys.length).toBeGreaterThan(30);
    expect(unknown).toEqual([]);
  });
});
