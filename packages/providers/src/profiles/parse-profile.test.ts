import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { builtInProfiles } from "./built-in-profiles.ts";
import { parseProfile } from "./parse-profile.ts";
import { describeProblem } from "./profile-problem.ts";

const ACME = `name: acme-llm
version: "1.0"
routing: { prefixes: [Acme, acme] }
api:
  openai_compatible: true
  model_discovery_path: /v1/models
  health_check_path: /ready
  paths: [/v1/models, /v1/chat/completions]
  anthropic_support: { enabled: false }
request: { response_format: openai }
`;

function problemsOf(text: string): readonly string[] {
  return parseProfile(text, "acme.yaml").problems.map(describeProblem);
}

describe("parseProfile", () => {
  it("PV-3 reads a profile of a kind of its own", () => {
    expect(parseProfile(ACME, "acme.yaml")).toEqual({
      problems: [],
      profile: {
        type: "acme-llm",
        displayName: "acme-llm",
        prefixes: ["acme"],
        aliases: [],
        adminPaths: [],
        openaiCompatible: true,
        healthPath: "/ready",
        modelsPath: "/v1/models",
        loadedModelsPath: undefined,
        keyHeader: undefined,
        modelListFormat: "openai",
        paths: ["/v1/models", "/v1/chat/completions"],
        operations: { models: "/v1/models", chat: "/v1/chat/completions" },
        anthropic: undefined,
        defaultPriority: 100,
        limits: { timeoutMs: undefined, maxConcurrentRequests: undefined },
        ownLimits: { timeoutMs: undefined, maxConcurrentRequests: undefined },
        defaultPorts: [],
      },
    });
  });

  it("reads an object as it reads YAML", () => {
    expect(
      parseProfile({ name: "acme", api: { paths: ["/v1/rerank"] } }, "x").profile,
    ).toMatchObject({
      type: "acme",
      operations: { rerank: "/v1/rerank" },
    });
  });

  it("PV-4 keeps what a file named as a built-in profile does not say", () => {
    const { profile } = parseProfile(
      "name: ollama\napi: { health_check_path: /api/version }\ncharacteristics: { default_priority: 5 }",
      "ollama.yaml",
    );
    expect(profile).toEqual({
      ...builtInProfiles().get("ollama"),
      healthPath: "/api/version",
      defaultPriority: 5,
    });
  });

  it("replaces lists and ignores keys without a value", () => {
    const { profile, problems } = parseProfile(
      "name: vllm\nrouting: { prefixes: [v] }\napi: { paths: [/v1/chat/completions], health_check_path: }",
      "vllm.yaml",
    );
    expect(problems).toEqual([]);
    expect(profile).toMatchObject({
      prefixes: ["v"],
      paths: ["/v1/chat/completions"],
      healthPath: "/health",
    });
  });

  it("takes everything but the identity from the profile it extends", () => {
    const { profile } = parseProfile("name: farm\nextends: llamacpp\naliases: [Barn]", "farm.yaml");
    expect(profile).toEqual({
      ...builtInProfiles().get("llamacpp"),
      type: "farm",
      displayName: "farm",
      prefixes: [],
      aliases: ["barn"],
    });
  });

  it("PV-65 has no probe path with health: none", () => {
    const { profile, problems } = parseProfile("name: hosted\nhealth: none", "hosted.yaml");
    expect(problems).toEqual([]);
    expect(profile?.healthPath).toBe("");
  });

  it("PV-66 maps operations to paths without a version", () => {
    const { profile } = parseProfile(
      `name: hosted
api: { paths: [/chat/completions, /models] }
operations: { embeddings: embed, models: none, transcriptions: /audio }`,
      "hosted.yaml",
    );
    expect(profile?.operations).toEqual({ chat: "/chat/completions", embeddings: "/embed" });
  });

  it("offers messages only while Anthropic support is on", () => {
    const api = "paths: [/v1/messages, /v1/messages/count_tokens]";
    const off = parseProfile(`name: a\napi: { ${api} }`, "a.yaml").profile;
    const on = parseProfile(
      `name: a\napi: { ${api}, anthropic_support: { enabled: yes, limitations: [no_vision] } }`,
      "a.yaml",
    ).profile;
    expect(off?.operations).toEqual({});
    expect(on?.operations).toEqual({ messages: "/v1/messages" });
    expect(on?.anthropic).toEqual({
      messagesPath: "/v1/messages",
      tokenCount: false,
      limitations: ["no_vision"],
    });
  });

  it("has no line for a problem of an object", () => {
    const { problems } = parseProfile({ nam: "a" }, "acme.yaml");
    expect(problems.map(describeProblem)).toEqual([
      'acme.yaml: warning: unknown key "nam"; did you mean "name"?',
      'acme.yaml: error: a profile needs a "name"',
    ]);
  });

  it("understands anchors and merge keys", () => {
    const { profile, problems } = parseProfile(
      "name: a\nfeatures: &base { openai_compatible: true }\napi: { <<: *base, paths: [v1/models] }",
      "a.yaml",
    );
    expect(problems).toEqual([]);
    expect(profile).toMatchObject({ openaiCompatible: true, paths: ["/v1/models"] });
  });

  it.each([
    ["PV-5 without a name", "version: 1.0\n", `1:1: error: a profile needs a "name"`],
    ["with a blank name", 'name: "  "\n', `1:1: error: a profile needs a "name"`],
    ["with a reserved name", "name: auto\n", `1:1: error: "name" must be letters`],
    ["that is a list", "- name: a\n", "1:1: error: a profile must be a map of aliases, api,"],
    ["that is empty", "", "1:1: error: a profile must be a map of"],
    ["with broken YAML", "name: a\napi: [\n", "error: Flow sequence"],
    ["with one key twice", "name: a\nname: b\n", "2:1: error: Map keys must be unique"],
    [
      "with a text for a flag",
      "name: a\napi:\n  openai_compatible: maybe\n",
      `3:3: error: "api.openai_compatible" must be true or false`,
    ],
    [
      "with a URL for a path",
      "name: a\napi:\n  paths:\n    - /v1\n    - http://h/v1\n",
      `5:7: error: "api.paths[1]" must be a path such as /v1/models`,
    ],
    [
      "with a port out of range",
      "name: a\ndetection: { default_ports: [70000] }\n",
      `"detection.default_ports[0]" must be a port from 1 to 65535`,
    ],
    [
      "with a number for a duration",
      "name: a\ncharacteristics: { timeout: 5 }\n",
      `"characteristics.timeout" must be a duration such as 90s or 5m`,
    ],
    ["with a text for a list", "name: a\naliases: b\n", `2:1: error: "aliases" must be a list`],
    [
      "with a list for a map",
      "name: a\nmetrics: { extraction: { paths: [x] } }\n",
      `2:26: error: "metrics.extraction.paths" must be a map`,
    ],
    [
      "whose anchors expand without end",
      `name: a\nfeatures:\n  - &a [x, x]\n  - &b [*a, *a, *a, *a, *a, *a, *a, *a]\n  - &c [*b, *b, *b, *b, *b, *b, *b, *b]\n  - [*c, *c, *c, *c, *c, *c, *c, *c]\n`,
      "1:1: error: Excessive alias count",
    ],
    ["with another health", "name: a\nhealth: maybe\n", `2:1: error: "health" must be none`],
    [
      "with a prefix of the gateway",
      "name: a\nrouting:\n  prefixes: [a, proxy]\n",
      `3:17: error: prefix "proxy" must be letters`,
    ],
    [
      "that extends a stranger",
      "name: a\nextends: olama\n",
      `2:1: error: "extends" names "olama", which is no profile; did you mean "ollama"?`,
    ],
  ])("refuses a file %s", (_, text, message) => {
    expect(parseProfile(text, "acme.yaml").profile).toBeUndefined();
    expect(problemsOf(text).join("\n")).toContain(message);
  });

  it.each([
    [
      "PV-14 an unknown key, with the one it resembles",
      "name: a\napi:\n  health_chek_path: /x\n",
      `acme.yaml:3:3: warning: unknown key "api.health_chek_path"; did you mean "health_check_path"?`,
    ],
    [
      "PV-14 an unknown key that resembles none, with those that are allowed",
      "name: a\nrouting: { zebra: 1 }\n",
      `acme.yaml:2:12: warning: unknown key "routing.zebra"; known here: prefixes`,
    ],
    [
      "PV-14 an unknown key inside a list",
      "name: a\nmodels:\n  context_patterns:\n    - { pattern: x, contxt: 1 }\n",
      `acme.yaml:4:21: warning: unknown key "models.context_patterns[0].contxt"; did you mean "context"?`,
    ],
    [
      "an unknown list format, and reads the list as OpenAI's",
      "name: a\nrequest: { response_format: lm-studio }\n",
      `acme.yaml:2:12: warning: "request.response_format" is "lm-studio" and must be one of docker-model-runner, lemonade, llamacpp, lmdeploy, lmstudio, ollama, openai, sglang, vllm, vllm-mlx; "openai" is used; did you mean "lmstudio"?`,
    ],
  ])("warns of %s", (_, text, message) => {
    expect(problemsOf(text)).toEqual([message]);
    expect(parseProfile(text, "acme.yaml").profile).toMatchObject({ modelListFormat: "openai" });
  });

  it("accepts every key that profiles have had, used or not", () => {
    const text = `name: a
home: there
models: { name_format: "{{.Name}}", capability_patterns: { vision: ["*llava*"] } }
request: { model_field_paths: [model], parsing_rules: { supports_streaming: true } }
path_indices: { health: 0 }
resources: { quantization: { multipliers: { q4: 0.5 } } }
metrics: { extraction: { enabled: true, paths: { b: $.b, c: $.c }, calculations: { a: b / c } } }
features: { x: 1 }
security: {}
performance: {}
deployment: {}
provider_prefixes: []
`;
    expect(problemsOf(text)).toEqual([]);
  });

  it("never throws, and gives a profile exactly when there is no error", () => {
    const value = fc.oneof(
      fc.string(),
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom("name", "api", "routing", "aliases", "health", "extends"),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(value, (source) => {
        const { profile, problems } = parseProfile(source, "any.yaml");
        const failed = problems.some(({ severity }) => severity === "error");
        expect(profile === undefined).toBe(failed);
      }),
    );
  });
});
