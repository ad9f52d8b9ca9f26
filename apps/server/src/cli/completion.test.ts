import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { COMMANDS, SHELLS, type CommandSpec } from "./commands.ts";
import { completionScript } from "./completion.ts";

const SPECS: readonly CommandSpec[] = COMMANDS;

describe("completion scripts", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "olla-completion-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What bash offers behind these words. */
  function offered(...words: readonly string[]): readonly string[] {
    writeFileSync(join(folder, "olla.bash"), completionScript("bash"));
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const script = `source ./olla.bash; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _olla; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    return stdout.split("\n").filter(Boolean);
  }

  it.each(SHELLS)("of %s name every command and every option", (shell) => {
    const script = completionScript(shell);
    for (const { name, flags } of SPECS) {
      expect(script).toContain(name);
      for (const flag of flags) {
        expect(script).toContain(shell === "fish" ? `-l ${flag.name}` : `--${flag.name}`);
      }
    }
  });

  it("of bash complete commands, their options and words", () => {
    expect(offered("olla", "st")).toEqual(["status"]);
    expect(offered("olla", "explain", "--o")).toEqual(["--offline"]);
    expect(offered("olla", "config", "s")).toEqual(["show", "schema"]);
    expect(offered("olla", "completion", "")).toEqual(expect.arrayContaining([...SHELLS]));
  });

  it("of bash complete files where a file is meant", () => {
    writeFileSync(join(folder, "mine.yaml"), "");
    expect(offered("olla", "check", "--config", "mi")).toEqual(["mine.yaml"]);
    expect(offered("olla", "import", "mi")).toEqual(["mine.yaml"]);
  });
});
