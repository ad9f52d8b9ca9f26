import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";

import { prepare } from "../compose-setup.ts";
import { loadConfig } from "../config/load.ts";
import type { Converted } from "./converted.ts";
import { fromLiteLlm } from "./litellm.ts";
import { fromLlamaSwap } from "./llama-swap.ts";

const ENV = { VLLM_KEY: "k", SWAP_KEY: "k", RACK: "k" };

/** The result, which every start would accept. */
function converted(convert: (from: Record<string, unknown>) => Converted, text: string): Converted {
  const result = convert(parse(text) as Record<string, unknown>);
  const loaded = loadConfig({ path: "config.yaml", text: stringify(result.config) }, ENV);
  expect(prepare(loaded, { env: ENV, cwd: "/nowhere" }).warnings).toEqual([]);
  return result;
}

describe("a LiteLLM configuration", () => {
  it("becomes one endpoint per server, and an alias per name that is not the real one", () => {
    const { config, notes } = converted(
      fromLiteLlm,
      `model_list:
  - model_name: house
    litellm_params: {model: ollama_chat/llama3.1:8b, api_base: "http://10.0.0.21:11434/", rpm: 6}
  - model_name: house
    litellm_params: {model: hosted_vllm/meta/Llama, api_base: "http://10.0.0.11:8000/v1", api_key: os.environ/VLLM_KEY}
  - model_name: qwen3:8b
    litellm_params: {model: ollama/qwen3:8b, api_base: "http://10.0.0.21:11434"}
  - model_name: "*"
    litellm_params: {model: "openai/*", api_base: "https://gw.example.org/tenant/v1"}
`,
    );
    expect(config).toEqual({
      discovery: {
        static: {
          endpoints: [
            { name: "10.0.0.21-11434", url: "http://10.0.0.21:11434", type: "ollama" },
            {
              name: "10.0.0.11-8000",
              url: "http://10.0.0.11:8000",
              type: "vllm",
              auth: { type: "bearer", token: "${VLLM_KEY}" },
            },
            {
              name: "gw.example.org-tenant",
              url: "https://gw.example.org/tenant",
              type: "openai-compatible",
              preserve_path: true,
            },
          ],
        },
      },
      model_aliases: { house: ["llama3.1:8b", "meta/Llama"] },
    });
    expect(notes).toEqual(["litellm_params.rpm (1 of model_list): left out"]);
  });

  it("keeps what of the router has a counterpart, and names the rest", () => {
    const { config, notes } = converted(
      fromLiteLlm,
      `model_list:
  - {model_name: a, litellm_params: {model: openai/a, api_base: "http://h:1"}}
router_settings: {routing_strategy: least-busy, num_retries: 2, model_group_alias: {b: a}, fallbacks: []}
litellm_settings: {request_timeout: 600, drop_params: true}
general_settings: {master_key: hunter2}
`,
    );
    expect(config).toMatchObject({
      proxy: { load_balancer: "least-connections", max_retries: 2, response_timeout: "600s" },
      model_aliases: { b: ["a"] },
    });
    expect(notes).toEqual([
      "router_settings.fallbacks: left out",
      "litellm_settings.drop_params: left out",
      "general_settings: left out",
    ]);
  });

  it.each([
    ["{model: openai/gpt-4o, api_key: hunter2}", "it has no api_base, so it is a cloud service"],
    ["{model: a, api_base: os.environ/BASE}", "its api_base is a variable"],
    ["{model: a, api_base: nonsense}", "its api_base is no address"],
  ])("leaves %s out with a reason that holds no key", (params, reason) => {
    const text = `model_list: [{model_name: m, litellm_params: ${params}}]`;
    const { config, notes } = converted(fromLiteLlm, text);
    expect(config.discovery.static.endpoints).toEqual([]);
    expect(notes.join()).toContain(`model_list[0] (m): left out: ${reason}`);
    expect(notes.join()).not.toContain("hunter2");
  });

  it("takes one key per server, and says so", () => {
    const { notes } = converted(
      fromLiteLlm,
      `model_list:
  - {model_name: a, litellm_params: {model: openai/a, api_base: "http://h:1", api_key: hunter2}}
  - {model_name: b, litellm_params: {model: openai/b, api_base: "http://h:1", api_key: hunter3}}
`,
    );
    expect(notes).toEqual([
      "model_list[1]: http://h:1 has another api_key already; this one is left out",
    ]);
  });

  it.each([
    "model_list: 7",
    "model_list: [7, null, {}]",
    "{}",
    "model_list: [{litellm_params: []}]",
  ])("is no endpoint where there is none: %s", (text) => {
    expect(converted(fromLiteLlm, text).config.discovery.static.endpoints).toEqual([]);
  });
});

describe("a llama-swap configuration", () => {
  it("becomes one endpoint for llama-swap itself, one per peer, and its aliases", () => {
    const { config, notes } = converted(
      fromLlamaSwap,
      `healthCheckTimeout: 90
apiKeys: ["\${env.SWAP_KEY}"]
models:
  qwen: {cmd: "llama-server --port \${PORT}", ttl: 60, aliases: [gpt-4o-mini, {id: o1}]}
  llama: {cmd: "llama-server --port 9", proxy: "http://127.0.0.1:9"}
peers:
  rack: {proxy: "http://10.0.0.5:8080/v1", apiKey: "\${env.RACK}", models: [big]}
  gone: {proxy: nonsense}
`,
    );
    expect(config).toEqual({
      discovery: {
        static: {
          endpoints: [
            {
              name: "llama-swap",
              url: "http://localhost:8080",
              type: "llama-swap",
              auth: { type: "bearer", token: "${SWAP_KEY}" },
            },
            {
              name: "rack",
              url: "http://10.0.0.5:8080",
              type: "openai-compatible",
              auth: { type: "bearer", token: "${RACK}" },
              model_filter: { include: ["big"] },
            },
          ],
        },
      },
      model_aliases: { "gpt-4o-mini": ["qwen"], o1: ["qwen"] },
    });
    expect(notes.map((note) => note.split(":", 1)[0])).toEqual([
      "models (2)",
      "peers.gone",
      "healthCheckTimeout",
    ]);
  });
});
