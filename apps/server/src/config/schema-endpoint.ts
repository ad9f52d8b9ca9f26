import { z } from "zod";

import {
  boolean,
  optionalDuration,
  optionalInteger,
  optionalText,
  duration,
  text,
  textList,
  textMap,
} from "./fields.ts";

const auth = z.object({
  type: text("bearer, api_key or basic.", { default: "", example: "bearer" }),
  token: optionalText("Bearer token; ${VAR} is replaced from the environment.", {
    example: "${VLLM_TOKEN}",
  }),
  token_file: optionalText("File that holds the bearer token.", { example: "secrets/vllm.token" }),
  key: optionalText("API key.", { example: "${GATEWAY_KEY}" }),
  key_file: optionalText("File that holds the API key.", { example: "secrets/gateway.key" }),
  header: optionalText("Header field of the API key; X-Api-Key unless set.", {
    example: "X-Gateway-Key",
  }),
  username: optionalText("User name.", { example: "olla" }),
  username_file: optionalText("File that holds the user name.", { example: "secrets/user" }),
  password: optionalText("Password.", { example: "${BACKEND_PASSWORD}" }),
  password_file: optionalText("File that holds the password.", { example: "secrets/password" }),
});

/** One entry of `discovery.static.endpoints`. */
export const endpointSchema = z.object({
  url: optionalText("Address of the server, with an optional base path.", {
    example: "http://10.0.0.11:8000",
  }),
  name: optionalText("Unique name; made from the address when absent.", { example: "rack-1" }),
  type: text("Kind of server, such as ollama or vllm; auto finds it out.", {
    default: "",
    example: "vllm",
  }),
  priority: optionalInteger("Higher is preferred by the priority balancer.", {
    min: 0,
    unit: "none; higher is preferred",
    example: 100,
  }),
  health_check_url: optionalText(
    "Path or address of the probe; the kind of server decides when absent.",
    { example: "/health" },
  ),
  model_url: optionalText(
    "Path or address of the model list; the kind of server decides when absent.",
    { example: "/v1/models" },
  ),
  check_interval: duration("Time between probes.", { default: "5s", min: "1s" }),
  check_timeout: optionalDuration("Longest probe; below check_interval, at most 30s.", {
    max: "30s",
    example: "2s",
  }),
  preserve_path: boolean("Keep the path of url in front of the request's path.", {
    default: true,
  }),
  model_filter: z
    .object({
      include: textList("Models used, * stands for anything; empty is all.", {
        default: [],
        example: ["llama*", "qwen*"],
      }),
      exclude: textList("Models not used, whatever include says.", {
        default: [],
        example: ["*embed*"],
      }),
    })
    .prefault({}),
  tags: textMap("Labels for people; nothing depends on them.", { example: { room: "b12" } }),
  headers: textMap("Header fields set on every request to this endpoint.", {
    example: { "X-Tenant": "seven" },
  }),
  query: textMap("Query parameters set on every request to this endpoint, such as api-version.", {
    example: { "api-version": "2025-08-01" },
  }),
  auth: auth.optional(),
});

export type EndpointConfig = z.output<typeof endpointSchema>;
export type AuthConfig = z.output<typeof auth>;
