import { describe, expect, it } from "vitest";

import { parseArguments, UsageError } from "./parse-arguments.ts";

const SERVE = { name: "serve", configPath: undefined, strict: false, profile: false };
const CHECK = { name: "check", configPath: undefined, strict: false, profile: false };

describe("parseArguments", () => {
  it.each([
    { args: [], command: SERVE },
    { args: ["serve"], command: SERVE },
    { args: ["-c", "a.yaml"], command: { ...SERVE, configPath: "a.yaml" } },
    { args: ["--config", "a.yaml"], command: { ...SERVE, configPath: "a.yaml" } },
    { args: ["-config", "a.yaml"], command: { ...SERVE, configPath: "a.yaml" } },
    { args: ["--config=a=b.yaml"], command: { ...SERVE, configPath: "a=b.yaml" } },
    { args: ["-c=a.yaml", "serve"], command: { ...SERVE, configPath: "a.yaml" } },
    { args: ["--strict"], command: { ...SERVE, strict: true } },
    { args: ["--profile"], command: { ...SERVE, profile: true } },
    { args: ["-profile", "serve"], command: { ...SERVE, profile: true } },
    { args: ["check"], command: CHECK },
    { args: ["--validate-config"], command: CHECK },
    { args: ["-validate-config", "serve"], command: CHECK },
    {
      args: ["check", "--strict", "-c", "a.yaml"],
      command: { ...CHECK, configPath: "a.yaml", strict: true },
    },
    { args: ["version"], command: { name: "version" } },
    { args: ["-v"], command: { name: "version" } },
    { args: ["-version"], command: { name: "version" } },
    { args: ["--version", "anything"], command: { name: "version" } },
    { args: ["help"], command: { name: "help" } },
    { args: ["-h"], command: { name: "help" } },
    { args: ["check", "--help"], command: { name: "help" } },
  ])("understands $args", ({ args, command }) => {
    expect(parseArguments(args)).toEqual(command);
  });

  it("CF-1 takes the last of several files", () => {
    expect(parseArguments(["-c", "a", "--config", "b"])).toMatchObject({ configPath: "b" });
  });

  it.each(["true", "1"])("C20 takes OLLA_SHOW_VERSION=%s for --version", (value) => {
    expect(parseArguments([], { OLLA_SHOW_VERSION: value })).toEqual({ name: "version" });
  });

  it.each([
    ["true", true],
    ["1", true],
    ["false", false],
    ["", false],
  ])("takes OLLA_ENABLE_PROFILER=%s for --profile: %s", (value, profile) => {
    expect(parseArguments([], { OLLA_ENABLE_PROFILER: value })).toEqual({ ...SERVE, profile });
  });

  it("serves when OLLA_SHOW_VERSION says otherwise", () => {
    expect(parseArguments([], { OLLA_SHOW_VERSION: "false" })).toEqual(SERVE);
  });

  it.each([
    [["--confg", "a"], "unknown flag --confg; did you mean --config?"],
    [["--stict"], "unknown flag --stict; did you mean --strict?"],
    [["-x"], "unknown flag -x"],
    [["--"], "unknown flag --"],
    [["--constructor"], "unknown flag --constructor"],
    [["-c"], "--config needs the path of a file"],
    [["--config="], "--config needs the path of a file"],
    [["chek"], 'unknown command "chek"; did you mean "check"?'],
    [["config.yaml"], 'unknown command "config.yaml"; a file is named with --config'],
    [["--validate-config", "a.yaml"], 'unknown command "a.yaml"; a file is named with --config'],
    [["check", "a.yaml"], 'unexpected argument "a.yaml"; a file is named with --config'],
  ])("refuses %j with a hint", (args, message) => {
    expect(() => parseArguments(args)).toThrow(new UsageError(message));
  });
});
