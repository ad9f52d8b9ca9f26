import { createHash } from "node:crypto";

/** A tool call that a model makes when a request offers a tool of that name. */
export interface ToolCallScript {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What one fake model says, how fast, and what the lists tell about it. */
export interface ModelScript {
  readonly id: string;
  /** The answer; every word is one token. Default: a sentence naming model and backend. */
  readonly reply?: string;
  /** Length of the answer in tokens; the reply is repeated or cut to fit. Default: the words of `reply`. */
  readonly tokens?: number;
  /** Words sent as thinking before the answer. Default: none. */
  readonly reasoning?: string;
  /** Made instead of the answer when the request offers the tool and does not bring its result. */
  readonly toolCall?: ToolCallScript;
  /** Wait before the first token, in milliseconds. Default 0. */
  readonly firstTokenDelayMs?: number;
  /** Wait between two tokens, in milliseconds. Default 0: tokens are written without a pause. */
  readonly tokenIntervalMs?: number;
  /** Default 32768 tokens. */
  readonly contextLength?: number;
  /** Default: derived from the parameter size. */
  readonly sizeBytes?: number;
  /** Default: the letters the id starts with. */
  readonly family?: string;
  /** For example `8B`. Default: read from the id, else `7B`. */
  readonly parameterSize?: string;
  /** Default `Q4_K_M`. */
  readonly quantization?: string;
  /** Default: SHA-256 of the id. */
  readonly digest?: string;
  /** Set for an embedding model: length of its vectors. Other models embed with 384. */
  readonly embeddingDimensions?: number;
}

/** A model script with every default filled in. */
export interface Model extends Required<
  Omit<ModelScript, "reply" | "reasoning" | "tokens" | "toolCall">
> {
  readonly isEmbedding: boolean;
  readonly toolCall: ToolCallScript | undefined;
  /** Tokens of the thinking, in order. */
  readonly reasoning: readonly string[];
  /** Tokens of one round of the reply. */
  readonly reply: readonly string[];
  /** Tokens of the whole answer; more than `reply.length` means the reply starts again. */
  readonly replyTokens: number;
}

const BYTES_PER_PARAMETER = 0.6; // four-bit weights with their scales
const PARAMETERS = /(\d+(?:\.\d+)?)b\b/i;

/** Splits a text into tokens, one per word, spaces kept so that they join to the same text. */
export function toTokens(text: string): readonly string[] {
  return text.match(/\s*\S+(?:\s+$)?/g) ?? [];
}

/** Fills in a script's defaults. An id alone is a complete script. */
export function toModel(source: ModelScript | string, backendName: string): Model {
  const script: ModelScript = typeof source === "string" ? { id: source } : source;
  const { id } = script;
  const reply = toTokens(
    script.reply ?? `This is a simulated answer of ${id}, served by the backend ${backendName}.`,
  );
  const billions = Number(PARAMETERS.exec(script.parameterSize ?? id)?.[1] ?? 7);
  return {
    id,
    reply,
    replyTokens: reply.length === 0 ? 0 : (script.tokens ?? reply.length),
    reasoning: toTokens(script.reasoning ?? ""),
    toolCall: script.toolCall,
    firstTokenDelayMs: script.firstTokenDelayMs ?? 0,
    tokenIntervalMs: script.tokenIntervalMs ?? 0,
    contextLength: script.contextLength ?? 32_768,
    sizeBytes: script.sizeBytes ?? Math.round(billions * 1e9 * BYTES_PER_PARAMETER),
    family: script.family ?? /[a-z]+/i.exec(id)?.[0].toLowerCase() ?? "unknown",
    parameterSize: script.parameterSize ?? `${billions}B`,
    quantization: script.quantization ?? "Q4_K_M",
    digest: script.digest ?? createHash("sha256").update(id).digest("hex"),
    embeddingDimensions: script.embeddingDimensions ?? 384,
    isEmbedding: script.embeddingDimensions !== undefined,
  };
}
