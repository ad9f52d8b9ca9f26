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
  type: text("bearer, api_key or basic.", { default: "" }),
  token: optionalText("Bearer token; ${VAR} is replaced from the environment."),
  token_file: optionalText("File that holds the bearer token."),
  key: optionalText("API key."),
  key_file: optionalText("File that holds the API key."),
  header: optionalText("Header field of the API key; X-Api-Key unless set."),
  username: optionalText("User name."),
  username_file: optionalText("File that holds the user name."),
  password: optionalText("Password."),
  password_file: optionalText("File that holds the password."),
});

/** One entry of `discovery.static.endpoints`. */
export const endpointSchema = z.object({
  url: optionalText("Address of the server, with an optional base path."),
  name: optionalText("Unique name; made from the address when absent."),
  type: text("Kind of server, such as ollama or vllm; auto finds it out.", { default: "" }),
  priority: optionalInteger("Higher is preferred by the priority balancer.", { min: 0 }),
  health_check_url: optionalText(
    "Path or address of the probe; the kind of server decides when absent.",
  ),
  model_url: optionalText(
    "Path or address of the model list; the kind of server decides when absent.",
  ),
  check_interval: duration("Time between probes.", { default: "5s", min: "1s" }),
  check_timeout: optionalDuration("Longest probe; below check_interval, at most 30s.", {
    max: "30s",
  }),
  preserve_path: boolean("Keep the path of url in front of the request's path.", {
    default: true,
  }),
  model_filter: z
    .object({
      include: textList("Models used, * stands for anything; empty is all.", { default: [] }),
      exclude: textList("Models not used, whatever include says.", { default: [] }),
    })
    .prefault({}),
  tags: textMap("Labels for people; nothing depends on them."),
  headers: textMap("Header fields set on every request to this endpoint."),
  query: textMap("Query parameters set on every request to this endpoint, such as api-version."),
  auth: auth.optional(),
});

export type EndpointConfig = z.output<typeof endpointSchema>;
export type AuthConfig = z.output<typeof auth>;
