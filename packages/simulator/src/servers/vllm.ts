import { type ModelEntry, toOpenAiEntry } from "../dialects/openai-models.ts";
import type { Exchange } from "../exchange.ts";
import type { ErrorShape, Refusal } from "../refusal.ts";
import { get, type Route } from "../router.ts";

/** vLLM's list entry; SGLang, LMDeploy and vllm-mlx have nearly the same. */
export const toVllmEntry: ModelEntry = (model, backend) => ({
  ...toOpenAiEntry(model, backend),
  root: model.id,
  parent: null,
  max_model_len: model.contextLength,
});

/** Health with an empty body, version, and metrics under a prefix such as `vllm`. */
export function vllmRoutes(metricsPrefix: string): readonly Route[] {
  return [
    get("/health", sendEmpty),
    get("/ping", sendEmpty),
    get("/version", (exchange) => exchange.sendJson({ version: "0.32.0" })),
    get("/metrics", (exchange) =>
      exchange.send(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        toMetrics(exchange, metricsPrefix),
      ),
    ),
  ];
}

/** `{"error":{"message":"…","type":"NotFoundError","param":"model","code":404}}` */
export function toVllmError({ status, message, reason }: Refusal): ReturnType<ErrorShape> {
  const param = reason === "unknown-model" ? "model" : null;
  return { error: { message, type: toErrorType(status), param, code: status } };
}

/** `{"type":"error","error":{"type":"NotFoundError","message":"…"}}` */
export function toVllmMessagesError({ status, message }: Refusal): ReturnType<ErrorShape> {
  return { type: "error", error: { type: toErrorType(status), message } };
}

async function sendEmpty(exchange: Exchange): Promise<void> {
  await exchange.send(200, "text/plain", "");
}

function toErrorType(status: number): string {
  if (status === 404) return "NotFoundError";
  if (status === 503) return "Service Unavailable";
  return status < 500 ? "BadRequestError" : "InternalServerError";
}

function toMetrics({ backend }: Exchange, prefix: string): string {
  const { promptTokens, completionTokens, generations } = backend.totals;
  const labels = `{model_name="${backend.models()[0]?.id ?? ""}"}`;
  const metric = (name: string, type: "gauge" | "counter", value: number): string =>
    `# TYPE ${prefix}:${name} ${type}\n${prefix}:${name}${labels} ${value}\n`;
  return (
    metric("num_requests_running", "gauge", backend.running()) +
    metric("num_requests_waiting", "gauge", 0) +
    metric("kv_cache_usage_perc", "gauge", 0) +
    metric("prompt_tokens_total", "counter", promptTokens) +
    metric("generation_tokens_total", "counter", completionTokens) +
    metric("request_success_total", "counter", generations)
  );
}
