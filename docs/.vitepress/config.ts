import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { defineConfig, type DefaultTheme } from "vitepress";

const DOCS = new URL("../", import.meta.url);

/** Pages by section, in reading order; one that does not exist yet is left out. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  Start: ["getting-started", "comparison"],
  Backends: [
    "backends/index",
    "backends/ollama",
    "backends/vllm",
    "backends/llamacpp",
    "backends/lm-studio",
    "backends/sglang",
    "backends/lemonade",
    "backends/litellm",
    "backends/openai-compatible",
  ],
  Clients: [
    "clients/index",
    "clients/curl",
    "clients/openai-sdk",
    "clients/anthropic-sdk",
    "clients/ollama",
    "clients/ai-sdk",
    "clients/open-webui",
    "clients/claude-code",
    "clients/continue",
    "clients/cline",
  ],
  Concepts: [
    "concepts/request",
    "concepts/balancing",
    "concepts/health",
    "concepts/sessions",
    "concepts/models",
    "concepts/translation",
    "concepts/limits",
    "concepts/threads",
  ],
  Operations: [
    "operations/running",
    "operations/endpoints",
    "operations/packaging",
    "operations/reverse-proxy",
    "operations/hardening",
    "operations/observability",
    "operations/troubleshooting",
  ],
  Reference: [
    "reference/configuration",
    "reference/command-line",
    "reference/backends",
    "reference/http",
    "errors",
    "compatibility",
  ],
  Project: ["performance", "reuse", "architecture", "decisions/index"],
};

export default defineConfig({
  title: "olla-ts",
  description: "One address in front of the language models you run yourself.",
  cacheDir: fileURLToPath(new URL("node_modules/.cache/vitepress", DOCS)),
  // Names of stored files are those of the pages, so that links work on any file server.
  cleanUrls: false,
  markdown: { lineNumbers: false },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Start", link: "/getting-started" },
      { text: "Configuration", link: "/reference/configuration" },
      { text: "Errors", link: "/errors" },
    ],
    sidebar: [
      ...Object.entries(SECTIONS).map(([text, pages]) => section(text, pages)),
      decisions(),
    ],
  },
});

function section(text: string, pages: readonly string[]): DefaultTheme.SidebarItem {
  return { text, items: pages.filter((page) => existsSync(fileOf(page))).map(item) };
}

function decisions(): DefaultTheme.SidebarItem {
  const files = readdirSync(new URL("decisions", DOCS)).filter((file) => /^\d{4}-/.test(file));
  const pages = files.toSorted().map((file) => `decisions/${file.replace(/\.md$/, "")}`);
  return { text: "Decisions", collapsed: true, items: pages.map(item) };
}

function item(page: string): DefaultTheme.SidebarItem {
  const [, title = page] = /^# (.+)$/m.exec(readFileSync(fileOf(page), "utf8")) ?? [];
  return { text: title, link: `/${page.replace(/index$/, "")}` };
}

function fileOf(page: string): URL {
  return new URL(`${page}.md`, DOCS);
}
