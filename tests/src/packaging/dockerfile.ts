import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./places.ts";

/** One instruction of a Dockerfile: its name, and what follows with lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of each stage, from its FROM on; arguments before the first are put in. */
export function readStages(): readonly (readonly Instruction[])[] {
  const lines = readFileSync(join(ROOT, "Dockerfile"), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  const defaults = new Map<string, string>();
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [name = ""] = line.split(" ", 1);
    const written = line.slice(name.length + 1);
    const text = written.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => defaults.get(key) ?? "");
    if (name === "FROM") stages.push([]);
    const stage = stages.at(-1);
    if (stage !== undefined) stage.push({ name, text });
    else defaults.set(...splitOnce(text, "="));
  }
  return stages;
}

/** What follows the instruction in a stage, for each time it is there. */
export function textsOf(stage: readonly Instruction[], name: string): readonly string[] {
  return stage.filter((one) => one.name === name).map(({ text }) => text);
}

/** What an image is started with: its environment, and programs with their arguments. */
export function readStart(stage: readonly Instruction[]): {
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthcheck: string;
} {
  const array = (name: string): readonly string[] =>
    JSON.parse(textsOf(stage, name).at(-1) ?? "[]") as readonly string[];
  return {
    env: Object.fromEntries(textsOf(stage, "ENV").map((text) => splitOnce(text, "="))),
    command: [...array("ENTRYPOINT"), ...array("CMD")],
    healthcheck: /CMD (.*)$/.exec(textsOf(stage, "HEALTHCHECK").at(-1) ?? "")?.[1] ?? "",
  };
}

/** What the build gets to see: the paths that .dockerignore makes exceptions of. */
export function readContext(): readonly string[] {
  const lines = readFileSync(join(ROOT, ".dockerignore"), "utf8").trim().split("\n");
  if (lines.find((line) => !line.startsWith("#")) !== "*") {
    throw new Error(".dockerignore does not begin with all files");
  }
  return lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
