import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { makeFolder, runProgram } from "../harness/program.ts";
import { readStages, textsOf } from "./dockerfile.ts";
import { ROOT } from "./places.ts";

const DEPLOY = join(ROOT, "deploy");
const UNIT = readFileSync(join(DEPLOY, "systemd/olla.service"), "utf8");

/** What of the compose file these tests look at. */
interface Service {
  readonly build?: string;
  readonly image: string;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly depends_on?: readonly string[];
  readonly restart: string;
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

/** Keys of a service that the compose specification has and this file may use. */
const KNOWN = new Set(
  "build cap_drop command depends_on environment image ports read_only restart security_opt stop_grace_period volumes".split(
    " ",
  ),
);

/** The unit, as far as systemd itself can judge it: with programs that this machine has. */
function withPrograms(folder: string): string {
  const file = join(folder, "olla.service");
  writeFileSync(file, UNIT.replace("/usr/local/bin/olla", "/bin/true"));
  return file;
}

const compose = parse(readFileSync(join(DEPLOY, "compose.yaml"), "utf8")) as {
  readonly services: Readonly<Record<"olla" | "ollama", Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

describe("the compose file", () => {
  const { olla, ollama } = compose.services;

  it("has only keys that compose knows", () => {
    expect(Object.keys(compose).toSorted()).toEqual(["name", "services", "volumes"]);
    for (const service of [olla, ollama]) {
      expect(Object.keys(service).filter((key) => !KNOWN.has(key))).toEqual([]);
    }
  });

  it("builds the Dockerfile, publishes its port on this machine alone, and takes away rights", () => {
    expect(existsSync(join(DEPLOY, olla.build ?? "", "Dockerfile"))).toBe(true);
    const [port = ""] = textsOf(readStages()[1] ?? [], "EXPOSE");
    expect(olla.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(olla).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
  });

  it("mounts files and volumes that are there, and images of one version", () => {
    expect(olla.volumes).toEqual(["./config.yaml:/config/config.yaml:ro"]);
    expect(existsSync(join(DEPLOY, "config.yaml"))).toBe(true);
    for (const volume of ollama.volumes) {
      expect(Object.keys(compose.volumes)).toContain(volume.split(":")[0]);
    }
    expect(ollama.image).toMatch(/:\d+\.\d+\.\d+$/);
    expect(olla.depends_on).toEqual(["ollama"]);
  });

  it("has a configuration without a mistake, whose endpoint is the other service", async () => {
    const { stdout, status } = await runProgram(["check", "--strict", "-c", "config.yaml"], {
      cwd: DEPLOY,
    });
    expect(stdout).toContain("[OK] config.yaml: 1 endpoint(s)");
    expect(status).toBe(0);
    const text = readFileSync(join(DEPLOY, "config.yaml"), "utf8");
    expect(Object.keys(compose.services)).toContain(/url: http:\/\/(\w+):11434/.exec(text)?.[1]);
  });
});

describe("the systemd unit", () => {
  const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

  it.skipIf(!hasSystemd)("is accepted by systemd without a word", () => {
    using folder = makeFolder();
    const { status, stdout, stderr } = spawnSync(
      "systemd-analyze",
      ["verify", withPrograms(folder.path)],
      { encoding: "utf8" },
    );
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: "" });
  });

  it.skipIf(!hasSystemd)("leaves the gateway little that it could do", () => {
    using folder = makeFolder();
    const args = ["security", "--offline=true", "--no-pager", "--threshold=15"];
    // Fails above the threshold: 1.5 of 10.
    const report = execFileSync("systemd-analyze", [...args, withPrograms(folder.path)]).toString();
    expect(report).toContain("Overall exposure level");
  });

  it("reads the configuration again, and gives streams the time that the gateway gives them", () => {
    expect(UNIT).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
    expect(UNIT).toMatch(
      /^ExecStart=\/usr\/local\/bin\/olla serve --config \/etc\/olla\/config\.yaml$/m,
    );
    const [, seconds] = /^TimeoutStopSec=(\d+)s$/m.exec(UNIT) ?? [];
    expect(Number(seconds)).toBeGreaterThan(10);
    expect(Number.parseInt(compose.services.olla.stop_grace_period ?? "", 10)).toBeGreaterThan(10);
  });
});
