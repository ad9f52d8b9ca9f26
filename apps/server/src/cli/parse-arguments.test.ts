import { describe, expect, it } from "vitest";

import { parseArguments, UsageError } from "./parse-arguments.ts";

const SERVE = { name: "serve", configPath: undefined, strict: false, profile: false };
const EXPLAIN = {
  name: "explain",
  model: undefined,
  bodyFile: undefined,
  path: undefined,
  session: undefined,
  offline: false,
  url: undefined,
  configPath: undefined,
  json: false,
};
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
    { args: ["help"], command: { name: "help", topic: undefined } },
    { args: ["-h"], command: { name: "help", topic: undefined } },
    { args: ["check", "--help"], command: { name: "help", topic: "check" } },
    { args: ["help", "explain"], command: { name: "help", topic: "explain" } },
    { args: ["init"], command: { name: "init", output: "config.yaml", urls: [], force: false } },
    {
      args: ["init", "-o", "-", "--url", "http://a,http://b", "--force"],
      command: { name: "init", output: "-", urls: ["http://a", "http://b"], force: true },
    },
    { args: ["explain", "m1"], command: { ...EXPLAIN, model: "m1" } },
    {
      args: ["explain", "--body", "-", "--path=/olla/proxy/x", "--session", "s", "--offline"],
      command: { ...EXPLAIN, bodyFile: "-", path: "/olla/proxy/x", session: "s", offline: true },
    },
    {
      args: ["status", "--json"],
      command: { name: "status", url: undefined, configPath: undefined, json: true },
    },
    {
      args: ["models", "--url", "http://gw", "-c", "a.yaml"],
      command: { name: "models", url: "http://gw", configPath: "a.yaml", json: false },
    },
    {
      args: ["import", "a.yaml", "--from", "litellm"],
      command: {
        name: "import",
        file: "a.yaml",
        output: undefined,
        from: "litellm",
        force: false,
      },
    },
    {
      args: ["config", "show", "--changed"],
      command: {
        name: "config",
        action: "show",
        configPath: undefined,
        changed: true,
        json: false,
      },
    },
    {
      args: ["simulate", "--kind", "vllm", "--help"],
      command: { name: "simulate", words: ["--kind", "vllm", "--help"] },
    },
    { args: ["completion", "zsh"], command: { name: "completion", shell: "zsh" } },
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
    [["status", "--strict"], "olla status has no --strict; it takes --url, --config, --json"],
    [["version", "--json"], "olla version has no --json"],
    [["config"], "olla config needs one of show, schema"],
    [["config", "shw"], 'olla config cannot be "shw"; allowed: show, schema; did you mean "show"?'],
    [
      ["completion", "powershell"],
      'olla completion cannot be "powershell"; allowed: bash, zsh, fish',
    ],
    [["import"], "name the file: olla import FILE"],
    [["import", "a", "b"], 'unexpected argument "b"'],
    [["explain", "m", "--body", "b"], "give a MODEL or --body, not both: the body names the model"],
    [
      ["explain", "m", "--offline", "--url", "a"],
      "give --url or --offline, not both: --offline asks no gateway",
    ],
    [["status", "--url"], "--url needs a value: --url URL"],
    [["check", "a.yaml"], 'unexpected argument "a.yaml"; a file is named with --config'],
  ])("refuses %j with a hint", (args, message) => {
    expect(() => parseArguments(args)).toThrow(new UsageError(message));
  });
});
