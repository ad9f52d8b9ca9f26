import type { Model } from "./model.ts";
import type { ErrorShape } from "./refusal.ts";

/** The kinds of LLM server a backend can pose as. */
export type BackendKind =
  | "openai-compatible"
  | "ollama"
  | "lm-studio"
  | "vllm"
  | "vllm-mlx"
  | "sglang"
  | "llamacpp"
  | "lemonade"
  | "litellm"
  | "lmdeploy"
  | "docker-model-runner"
  | "omlx"
  | "anthropic";

/** How servers of one kind behave where their dialect leaves it open. */
export interface KindTraits {
  /** `owned_by` in OpenAI-style lists. */
  readonly ownedBy: string;
  /** Headers the server adds to every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** What a request for a model that is not there gets: an error status, or an answer by the first model. */
  readonly unknownModel: "answer" | 400 | 404;
  /** Field that carries thinking in OpenAI-style messages. */
  readonly reasoningField: "reasoning" | "reasoning_content";
  /** Whether a stream's head is sent at once or together with the first token. */
  readonly streamHead: "at-once" | "with-first-token";
  /** Errors on paths whose dialect has no shape of its own. */
  readonly error: ErrorShape;
  /** Answer to an unknown path. */
  readonly pathError: ErrorShape;
}

/** Waits; rejects when the signal aborts. */
export type Sleep = (delayMs: number, signal: AbortSignal) => Promise<void>;

/** Running totals of one backend, as metrics pages show them. */
export interface TokenTotals {
  promptTokens: number;
  completionTokens: number;
  /** Answers completed. */
  generations: number;
}

/** What the handlers of one backend share. */
export interface BackendContext {
  readonly name: string;
  readonly kind: BackendKind;
  readonly traits: KindTraits;
  readonly totals: TokenTotals;
  readonly sleep: Sleep;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Models in list order. */
  readonly models: () => readonly Model[];
  /** Inference requests being served. */
  readonly running: () => number;
  /** A new identifier, for example `chatcmpl-a-17`; never repeats within a backend. */
  readonly nextId: (prefix: string) => string;
}
