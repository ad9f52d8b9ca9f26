import { type ModelEntry, toOpenAiEntry } from "../dialects/openai-models.ts";
import type { ErrorShape, Refusal } from "../refusal.ts";
import { get, type Route } from "../router.ts";

/** SGLang's description of the loaded model. */
export function sglangRoutes(): readonly Route[] {
  return [
    get("/get_model_info", (exchange) =>
      exchange.sendJson({
        model_path: exchange.backend.models()[0]?.id ?? "",
        is_generation: true,
      }),
    ),
  ];
}

/** Lemonade's health and system pages. */
export function lemonadeRoutes(): readonly Route[] {
  return [
    get("/api/v1/health", (exchange) =>
      exchange.sendJson({ status: "ok", model_loaded: exchange.backend.models()[0]?.id ?? null }),
    ),
    get("/api/v1/system-info", (exchange) =>
      exchange.sendJson({ "OS Version": "simulated", devices: {} }),
    ),
  ];
}

/** Lemonade's list entry; `size` in GB. */
export const toLemonadeEntry: ModelEntry = (model, backend) => ({
  ...toOpenAiEntry(model, backend),
  checkpoint: `simulated/${model.id}:${model.quantization}`,
  recipe: "llamacpp",
  downloaded: true,
  suggested: true,
  size: model.sizeBytes / 1e9,
  labels: model.toolCall ? ["tool-calling"] : [],
  max_context_window: model.contextLength,
});

/** LiteLLM's probes. */
export function liteLlmRoutes(): readonly Route[] {
  return [
    get("/", (exchange) => exchange.sendJson("LiteLLM: RUNNING")),
    get("/health", (exchange) =>
      exchange.sendJson({
        healthy_endpoints: exchange.backend.models().map(({ id }) => ({ model: id })),
        unhealthy_endpoints: [],
        healthy_count: exchange.backend.models().length,
        unhealthy_count: 0,
      }),
    ),
    get("/health/liveliness", (exchange) => exchange.sendJson("I'm alive!")),
    get("/health/liveness", (exchange) => exchange.sendJson("I'm alive!")),
    get("/health/readiness", (exchange) =>
      exchange.sendJson({ status: "healthy", db: "Not connected" }),
    ),
  ];
}

/** `{"error":{"message":"…","type":"None","param":"None","code":"400"}}` */
export function toLiteLlmError({ status, message }: Refusal): ReturnType<ErrorShape> {
  return { error: { message, type: "None", param: "None", code: String(status) } };
}

/** Docker Model Runner's state page. */
export function dockerModelRunnerRoutes(): readonly Route[] {
  return [
    get("/engines/status", (exchange) =>
      exchange.sendJson({ "llama.cpp": "running", vllm: "not installed" }),
    ),
  ];
}

/** LMDeploy's sleep state. */
export function lmDeployRoutes(): readonly Route[] {
  return [get("/is_sleeping", (exchange) => exchange.sendJson({ is_sleeping: false }))];
}

/** oMLX's model states. */
export function omlxRoutes(): readonly Route[] {
  return [
    get("/health", (exchange) => exchange.sendJson({ status: "healthy" })),
    get("/v1/models/status", (exchange) => {
      const models = exchange.backend.models().map(({ id, sizeBytes }) => ({
        id,
        loaded: true,
        is_loading: false,
        pinned: false,
        estimated_size: sizeBytes,
      }));
      const count = models.length;
      return exchange.sendJson({ model_count: count, loaded_count: count, models });
    }),
  ];
}
