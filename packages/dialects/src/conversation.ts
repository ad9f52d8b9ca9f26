/**
 * The one representation that every dialect is read into and written from.
 *
 * It holds what the dialects have in common and what at least two of them can
 * say. What only one can say is named in `dropped` when it is read, or by the
 * writer that cannot write it.
 */
export interface Conversation {
  readonly model: string;
  /** Instructions before the first message, one entry per block. */
  readonly system: readonly string[];
  readonly messages: readonly Message[];
  readonly stream: boolean;
  /** Whether the client asked for usage at the end of a stream (OpenAI `stream_options`). */
  readonly includeUsage: boolean;
  /** Most tokens of the answer; undefined leaves it to the backend. */
  readonly maxTokens: number | undefined;
  readonly sampling: Sampling;
  readonly stop: readonly string[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** False allows one tool call per answer at most; undefined leaves it to the backend. */
  readonly parallelToolCalls: boolean | undefined;
  readonly responseFormat: ResponseFormat | undefined;
  readonly reasoning: Reasoning | undefined;
  /** Identifies the end user towards the backend. */
  readonly user: string | undefined;
  readonly logprobs: { readonly top: number | undefined } | undefined;
  /** Fields of the client's dialect that have no place here, as the client spells them. */
  readonly dropped: readonly string[];
}

/** Settings of the sampler; undefined leaves one to the backend. */
export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly minP?: number | undefined;
  readonly typicalP?: number | undefined;
  readonly repeatPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

/** Instructions in the middle of a conversation. */
export interface SystemMessage {
  readonly role: "system";
  readonly text: string;
}

export interface UserMessage {
  readonly role: "user";
  readonly parts: readonly UserPart[];
}

export interface AssistantMessage {
  readonly role: "assistant";
  readonly parts: readonly AssistantPart[];
}

/** The result of one tool call. */
export interface ToolMessage {
  readonly role: "tool";
  /** Id of the call; empty when the dialect names the tool alone. */
  readonly callId: string;
  /** Name of the tool, where the dialect says it. */
  readonly name: string | undefined;
  readonly parts: readonly (TextPart | ImagePart)[];
  readonly isError: boolean;
}

export type UserPart = TextPart | ImagePart | DocumentPart | AudioPart;
export type AssistantPart = TextPart | ThinkingPart | RefusalPart | ToolCallPart;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

export interface ImagePart {
  readonly type: "image";
  readonly source: BinarySource;
  /** `low`, `high` or `auto`, where the client says. */
  readonly detail: string | undefined;
}

export interface DocumentPart {
  readonly type: "document";
  readonly title: string | undefined;
  readonly source: BinarySource;
}

export interface AudioPart {
  readonly type: "audio";
  /** Base64. */
  readonly data: string;
  /** `wav`, `mp3`. */
  readonly format: string;
}

export type BinarySource =
  | {
      readonly kind: "base64";
      /** For example `image/png`. */
      readonly mediaType: string;
      readonly data: string;
    }
  | { readonly kind: "url"; readonly url: string };

export interface ThinkingPart {
  readonly type: "thinking";
  readonly text: string;
  readonly signature: string | undefined;
}

export interface RefusalPart {
  readonly type: "refusal";
  readonly text: string;
}

export interface ToolCallPart {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** Arguments as an object read by `parseJson`, so that large numbers keep their digits. */
  readonly arguments: JsonObject;
}

/** A function the model may call. */
export interface Tool {
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of the arguments; undefined: no arguments. */
  readonly parameters: JsonObject | undefined;
  readonly strict: boolean | undefined;
}

export type ToolChoice =
  | { readonly type: "auto" | "required" | "none" }
  | { readonly type: "tool"; readonly name: string };

export type ResponseFormat =
  | { readonly type: "text" | "json" }
  | {
      readonly type: "json-schema";
      readonly name: string;
      readonly schema: JsonObject;
      readonly strict: boolean | undefined;
    };

/** How much the model should think before it answers. */
export interface Reasoning {
  readonly effort: ReasoningEffort | undefined;
  /** Upper bound in tokens, where the client states one. */
  readonly budgetTokens: number | undefined;
}

export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "max";

/** A JSON value; numbers that a double cannot hold are kept as raw text by `parseJson`. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
