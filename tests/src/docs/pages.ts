import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

/** One fenced block of a page. */
export interface Block {
  /** `docs/errors.md:12`, for titles of tests. */
  readonly place: string;
  /** First word behind the fence. */
  readonly language: string;
  /** Further words behind the fence: `no-run`, or `name=value`. */
  readonly words: ReadonlyMap<string, string>;
  readonly text: string;
}

/** One page that users read. */
export interface Page {
  /** From the checkout, `docs/errors.md`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** The documentation, the README and those of the examples. */
export function readPages(): readonly Page[] {
  const docs = markdownBelow("docs");
  const examples = markdownBelow("examples");
  return ["README.md", ...docs, ...examples].map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return { path, text, blocks: readBlocks(path, text) };
  });
}

function markdownBelow(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : markdownBelow(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

const SKIPPED: ReadonlySet<string> = new Set(["node_modules", ".vitepress"]);

/** The fenced blocks of a page, in order. */
export function readBlocks(path: string, text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: string; info: string; line: number } | undefined;
  let body: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", fence = "", info = ""] = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== "") open = { fence, indent, info, line: index + 1 };
      continue;
    }
    if (fence.startsWith(open.fence) && info === "") {
      blocks.push({ place: `${path}:${open.line}`, ...readInfo(open.info), text: body.join("\n") });
      open = undefined;
      body = [];
    } else body.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the block has no end`);
  return blocks;
}

function readInfo(info: string): Pick<Block, "language" | "words"> {
  const [language = "", ...rest] = info.split(/\s+/);
  const words = new Map<string, string>();
  for (const [, name = "", quoted, plain] of rest
    .join(" ")
    .matchAll(/([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)) {
    words.set(name, quoted ?? plain ?? "");
  }
  return { language, words };
}

/** Whether a block is only shown. */
export function isShown({ words }: Block): boolean {
  return words.has("no-run");
}
