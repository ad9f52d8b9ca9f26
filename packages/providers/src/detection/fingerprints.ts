import { recordAt } from "../json-record.ts";
import type { ProbeReplies } from "./probe-replies.ts";

/** One thing that speaks for a kind of server. */
export interface Clue {
  readonly weight: number;
  /** For people: what was seen. */
  readonly evidence: string;
  holds(replies: ProbeReplies): boolean;
}

/** What tells one kind of server from the others. */
export interface Fingerprint {
  /** Canonical type. */
  readonly type: string;
  readonly clues: readonly Clue[];
}

/** The server says its name. */
export const NAMED = 8;
/** A document that, as far as is known, only this server has. */
const SHAPED = 4;
/** Fits, but others have it too. */
const HINT = 1;

/**
 * Asked alone, before all others: LiteLLM stands still for seconds at the first path that it
 * does not know. This one tells it, and then no other is asked.
 */
export const FIRST_PATH = "/health/liveliness";

/** Paths asked. All are cheap reads that need no model. */
export const PROBE_PATHS: readonly string[] = [
  FIRST_PATH,
  "/v1/models",
  "/",
  "/api/version",
  "/api/tags",
  "/api/v0/models",
  "/api/v1/models",
  "/api/v1/system-info",
  "/props",
  "/version",
  "/metrics",
  "/v1/status",
  "/get_model_info",
  "/model_info",
  "/is_sleeping",
  "/engines/v1/models",
  "/engines/status",
  "/v1/models/status",
  "/info",
  "/.well-known/localai.json",
  "/.well-known/serviceinfo",
  "/api/extra/version",
  "/v1/internal/health",
  "/running",
];

/**
 * Kinds in order of precedence at equal weight. Servers that imitate another one's API come
 * before it, and everything that is known of the imitated one weighs less than a single
 * document of the imitator: LocalAI, Lemonade, KoboldCpp and Docker Model Runner have Ollama's
 * paths, TabbyAPI has llama.cpp's `/props`.
 */
export const FINGERPRINTS: readonly Fingerprint[] = [
  {
    type: "litellm",
    clues: [
      clue(NAMED, `${FIRST_PATH} says "I'm alive!"`, (replies) =>
        replies.text(FIRST_PATH).includes("I'm alive"),
      ),
      clue(NAMED, "x-litellm-* response headers", (replies) =>
        replies.hasHeader((name) => name.startsWith("x-litellm-")),
      ),
    ],
  },
  {
    type: "localai",
    clues: [
      clue(
        NAMED,
        "/.well-known/localai.json has version or endpoints",
        (replies) =>
          "version" in replies.object("/.well-known/localai.json") ||
          "endpoints" in replies.object("/.well-known/localai.json"),
      ),
    ],
  },
  {
    type: "koboldcpp",
    clues: [
      clue(
        NAMED,
        "/api/extra/version names KoboldCpp",
        (replies) => replies.object("/api/extra/version")["result"] === "KoboldCpp",
      ),
    ],
  },
  {
    type: "tabbyapi",
    clues: [
      clue(
        NAMED,
        "/.well-known/serviceinfo names TabbyAPI",
        (replies) =>
          recordAt(replies.object("/.well-known/serviceinfo"), "software")["name"] === "TabbyAPI",
      ),
    ],
  },
  {
    type: "lemonade",
    clues: [
      clue(SHAPED, "/api/v1/system-info describes the machine", (replies) => {
        const info = replies.object("/api/v1/system-info");
        return "recipes" in info || "devices" in info || "OS Version" in info;
      }),
      clue(SHAPED, "/api/v1/models has recipe and checkpoint", (replies) =>
        replies.hasEntryWith("/api/v1/models", "data", "recipe", "checkpoint"),
      ),
      owner("lemonade"),
    ],
  },
  {
    type: "docker-model-runner",
    clues: [
      clue(
        NAMED,
        "/engines/v1/models and /engines/status",
        (replies) =>
          replies.hasList("/engines/v1/models", "data") &&
          Object.keys(replies.object("/engines/status")).length > 0,
      ),
      owner("docker"),
    ],
  },
  {
    type: "omlx",
    clues: [
      clue(
        NAMED,
        "/v1/models/status has model_count",
        (replies) => "model_count" in replies.object("/v1/models/status"),
      ),
    ],
  },
  {
    type: "llama-swap",
    clues: [
      clue(SHAPED, "/running lists what runs", (replies) => replies.hasList("/running", "running")),
      owner("llama-swap"),
    ],
  },
  {
    type: "text-generation-webui",
    clues: [
      clue(
        SHAPED,
        "/v1/internal/health",
        (replies) => replies.object("/v1/internal/health")["status"] === "ok",
      ),
    ],
  },
  {
    type: "lm-studio",
    clues: [
      clue(SHAPED, "/api/v1/models has models with key", (replies) =>
        replies.hasEntryWith("/api/v1/models", "models", "key"),
      ),
      clue(SHAPED, "/api/v0/models has compatibility_type", (replies) =>
        replies.hasEntryWith("/api/v0/models", "data", "compatibility_type"),
      ),
    ],
  },
  {
    type: "tgi",
    clues: [
      clue(
        SHAPED,
        "/info has model_id and max_total_tokens",
        (replies) =>
          "model_id" in replies.object("/info") && "max_total_tokens" in replies.object("/info"),
      ),
    ],
  },
  {
    type: "tei",
    clues: [
      clue(
        SHAPED,
        "/info has model_type, and there is no model list",
        (replies) =>
          "model_type" in replies.object("/info") && !replies.hasList("/v1/models", "data"),
      ),
    ],
  },
  {
    type: "sglang",
    clues: [
      clue(
        SHAPED,
        "/get_model_info or /model_info has model_path",
        (replies) =>
          "model_path" in replies.object("/get_model_info") ||
          "model_path" in replies.object("/model_info"),
      ),
      clue(SHAPED, "/metrics has sglang: series", (replies) => hasSeries(replies, "sglang:")),
      owner("sglang"),
    ],
  },
  {
    type: "vllm-mlx",
    clues: [
      clue(HINT, "/v1/status", (replies) => Object.keys(replies.object("/v1/status")).length > 0),
      owner("vllm-mlx"),
    ],
  },
  {
    type: "vllm",
    clues: [
      clue(
        SHAPED,
        "/version, and /metrics has vllm: series",
        (replies) => "version" in replies.object("/version") && hasSeries(replies, "vllm:"),
      ),
      owner("vllm"),
    ],
  },
  {
    type: "lmdeploy",
    clues: [
      // vLLM has it too, in development mode.
      clue(HINT, "/is_sleeping", (replies) => "is_sleeping" in replies.object("/is_sleeping")),
      owner("lmdeploy"),
    ],
  },
  {
    type: "trt-llm",
    clues: [
      clue(
        SHAPED,
        "/version, and /metrics is a JSON list",
        (replies) =>
          "version" in replies.object("/version") && Array.isArray(replies.json("/metrics")),
      ),
    ],
  },
  {
    type: "llamacpp",
    clues: [
      clue(
        HINT + HINT,
        "/props has default_generation_settings",
        (replies) => "default_generation_settings" in replies.object("/props"),
      ),
      clue(NAMED, "Server: llama.cpp", (replies) =>
        replies.hasHeader((name, value) => name === "server" && value.startsWith("llama.cpp")),
      ),
      owner("llamacpp"),
    ],
  },
  {
    type: "ollama",
    clues: [
      clue(
        HINT + HINT,
        "/api/version has version and /api/tags has models",
        (replies) =>
          "version" in replies.object("/api/version") && replies.hasList("/api/tags", "models"),
      ),
      clue(HINT, "/ says Ollama", (replies) => replies.text("/").startsWith("Ollama")),
    ],
  },
  {
    type: "openai-compatible",
    clues: [clue(HINT, "/v1/models has data", (replies) => replies.hasList("/v1/models", "data"))],
  },
];

function clue(weight: number, evidence: string, holds: Clue["holds"]): Clue {
  return { weight, evidence, holds };
}

function owner(name: string): Clue {
  return clue(NAMED, `/v1/models is owned by ${name}`, (replies) => replies.isOwnedBy(name));
}

/** Prometheus text has the series name at the start of a line, or behind `# HELP` and `# TYPE`. */
function hasSeries(replies: ProbeReplies, prefix: string): boolean {
  return replies
    .text("/metrics")
    .split("\n")
    .some((line) => line.replace(/^# (?:HELP|TYPE) /, "").startsWith(prefix));
}
