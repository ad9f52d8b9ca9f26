import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { prepare, type GatewaySetup } from "./compose-setup.ts";
import { loadConfig } from "./config/load.ts";
import { ConfigError } from "./config/problem.ts";

const PROFILE = "name: house\nextends: openai-compatible\n";

describe("prepare", () => {
  let cwd: string;

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), "olla-setup-"));
  });

  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  function setUp(text: string, path = "config.yaml"): GatewaySetup {
    return prepare(loadConfig({ path, text }, {}), { env: {}, cwd });
  }

  function keysAtFault(text: string): readonly string[] {
    try {
      setUp(text);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map(({ key }) => key);
      throw error;
    }
    return [];
  }

  function writeProfile(folder: string, content: string): void {
    mkdirSync(join(cwd, folder), { recursive: true });
    writeFileSync(join(cwd, folder, "house.yaml"), content);
  }

  it("C10 CF-52 knows every built-in type without a folder of profiles", () => {
    const types = (
      "ollama lm-studio llamacpp vllm vllm-mlx sglang lmdeploy lemonade litellm omlx " +
      "docker-model-runner openai-compatible"
    ).split(" ");
    const entries = types.map((type, index) => `{url: 'http://h${index}', type: ${type}}`);
    const { endpoints } = setUp(`discovery: {static: {endpoints: [${entries.join(", ")}]}}`);
    expect(endpoints.map(({ type }) => type)).toEqual(types);
  });

  it("C2 tells the problems of keys and of endpoints at once", () => {
    expect(
      keysAtFault(`server: {port: 0}
proxy: {engine: zzz}
discovery: {static: {endpoints: [{name: a}, {url: 'http://b', type: nothing, auth: {}}]}}
`),
    ).toEqual([
      "server.port",
      "proxy.engine",
      "discovery.static.endpoints[0].url",
      "discovery.static.endpoints[1].type",
      "discovery.static.endpoints[1].auth.type",
    ]);
  });

  it("tells one mistake once", () => {
    expect(keysAtFault("discovery: {static: {endpoints: [x, {url: [a]}]}}")).toEqual([
      "discovery.static.endpoints[0]",
      "discovery.static.endpoints[1].url",
    ]);
  });

  it("puts warnings beside the errors that prevent a start", () => {
    expect(keysAtFault("server: {port: 0, prot: 1}")).toEqual(["server.port", "server.prot"]);
  });

  it("refuses more endpoints than there is room for", () => {
    const text =
      "limits: {max_endpoints: 1}\ndiscovery: {static: {endpoints: [{url: 'http://a'}, {url: 'http://b'}]}}";
    expect(keysAtFault(text)).toEqual(["discovery.static.endpoints"]);
  });

  it.each([
    ["config/profiles", "config.yaml", ""],
    ["elsewhere/profiles", "elsewhere/config.yaml", ""],
    ["own", "config.yaml", "profiles_dir: own\n"],
  ])("C10 reads further profiles from %s when %s is the configuration", (folder, path, keys) => {
    writeProfile(folder, PROFILE);
    const text = `${keys}discovery: {static: {endpoints: [{url: 'http://a', type: house}]}}`;
    const { endpoints, warnings } = setUp(text, path);
    expect(warnings).toEqual([]);
    expect(endpoints.map(({ type }) => type)).toEqual(["house"]);
  });

  it("describes models by the tables of a models.yaml, and by built-in ones beside them", () => {
    const text = `model_extraction:
  family_patterns: [{pattern: '^(pine)-(\\d+)', variant_group: 2}]
  architecture_mappings: {PineForCausalLM: pine}
  publisher_mappings: {pine: acme}
quantization: {mappings: {w4: w4a16}}
capabilities:
  type_capabilities: {LLM: [text-generation]}
  name_patterns: [{pattern: Pine, capabilities: [shade]}]
  context_thresholds: {long_context: 9}
special_rules: {generic_names: [NONE]}
`;
    mkdirSync(join(cwd, "config"));
    writeFileSync(join(cwd, "config", "models.yaml"), text);
    const { modelRules, modelsFile, warnings } = setUp("");
    expect({ modelsFile, warnings }).toEqual({ modelsFile: "config/models.yaml", warnings: [] });
    expect(modelRules.familyPatterns[0]?.pattern.exec("pine-7b")).toEqual(["pine-7", "pine", "7"]);
    expect(modelRules.nameCapabilities[0]?.pattern.exec("PINE")).toEqual(["PINE"]);
    expect(modelRules).toMatchObject({
      architectures: { pineforcausallm: "pine" },
      publishers: { pine: "acme" },
      quantizations: { W4: "w4a16" },
      typeCapabilities: { llm: ["text-generation"] },
      genericNames: ["none"],
      contextThresholds: { extended: 32_000, long: 9, ultraLong: 1_000_000 },
    });
    expect(modelRules.preservedFamilies).toContain("kimi");
    expect(modelRules.familyAliases).toHaveProperty("devstral");
  });

  it("tells what is wrong in a models.yaml without refusing to start", () => {
    writeFileSync(join(cwd, "models.yaml"), "quantization: {mapings: {}}\n");
    const { warnings } = setUp("");
    expect(warnings).toMatchObject([
      { severity: "warning", file: "models.yaml", line: 1, key: "quantization.mapings" },
    ]);
  });

  it("sends an API key in the field that the profile of the endpoint names", () => {
    writeProfile(
      "config/profiles",
      `${PROFILE}characteristics: {auth: {types: [api_key], default_header: api-key}}`,
    );
    const { endpoints } = setUp(`discovery: {static: {endpoints: [
  {url: 'http://a', type: house, auth: {type: api_key, key: k}},
  {url: 'http://b', type: house, auth: {type: api_key, key: k, header: X-Own}},
  {url: 'http://c', type: vllm, auth: {type: api_key, key: k}}]}}`);
    expect(endpoints.map(({ headers }) => headers[0])).toEqual(["api-key", "X-Own", "X-Api-Key"]);
  });

  it("loads the profiles that proxy.profile_filter admits, and knows no other type", () => {
    const filter = "proxy: {profile_filter: {include: [ollama, 'v*'], exclude: ['*-mlx']}}";
    const { profiles } = setUp(`${filter}\n`);
    expect([...profiles.profiles.keys()]).toEqual(["ollama", "vllm"]);
    expect(profiles.canonicalType("lm-studio")).toBeUndefined();
    const endpoints = "discovery: {static: {endpoints: [{url: 'http://a', type: lemonade}]}}";
    expect(keysAtFault(`${filter}\n${endpoints}`)).toEqual(["discovery.static.endpoints[0].type"]);
    const withoutDefault = "proxy: {profile_filter: {exclude: [Ollama]}}";
    expect(keysAtFault(withoutDefault)).toEqual(["discovery.static.endpoints"]);
  });

  it("CF-51 starts without a profile that is broken, and tells of it as an error", () => {
    writeProfile("config/profiles", "name: [");
    const { warnings } = setUp("");
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings[0]).toMatchObject({ severity: "error" });
    expect(warnings[0]?.file).toContain("house.yaml");
  });
});
