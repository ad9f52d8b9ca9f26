import type { Conversation, JsonObject, JsonValue, Message } from "../conversation.ts";
import type { BackendTraits, WrittenRequest } from "../dialect.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { DroppedNames } from "./dropped-names.ts";
import { writeMessages } from "./write-messages.ts";
import { writeThinking } from "./write-thinking.ts";
import { writeTools } from "./write-tools.ts";

/** `max_tokens` of a request whose client names none; the API does without only here. */
export const DEFAULT_MAX_TOKENS: number = 4_096;

/**
 * Writes the body of `POST /v1/messages` for a backend that speaks this dialect.
 * For type `anthropic`, the service itself, what it refuses is left out and named.
 *
 * @throws ProxyError `invalid_request` for content that the API cannot take
 */
export function writeRequest(
  conversation: Conversation,
  traits: BackendTraits,
  defaultMaxTokens: number = DEFAULT_MAX_TOKENS,
): WrittenRequest {
  const isHosted = traits.type === "anthropic";
  const dropped = new DroppedNames();
  noteUnsaid(conversation, dropped);
  const thinking = writeThinking(conversation, { isHosted, defaultMaxTokens, dropped });
  const config = writeOutputConfig(conversation, thinking.effort);
  const system = [...conversation.system, ...conversation.messages.filter(isSystem).map(textOf)];
  const body: Record<string, JsonValue | undefined> = {
    model: conversation.model,
    max_tokens: thinking.maxTokens,
    system: system.length === 0 ? undefined : system.join("\n\n"),
    messages: writeMessages(conversation, { needsSignature: isHosted, dropped }),
    stream: conversation.stream,
    ...(isHosted
      ? hostedSampling(conversation, thinking.isThinking, dropped)
      : sampling(conversation)),
    stop_sequences: writeStop(conversation.stop, isHosted, dropped),
    ...writeTools(conversation),
    thinking: thinking.thinking,
    output_config: config,
    metadata: conversation.user === undefined ? undefined : { user_id: conversation.user },
  };
  return { body: withoutUndefined(body), dropped: dropped.list() };
}

function isSystem(message: Message): message is Extract<Message, { role: "system" }> {
  return message.role === "system";
}

function textOf({ text }: { readonly text: string }): string {
  return text;
}

/** Names the settings that this dialect has no words for, in those of Chat Completions. */
function noteUnsaid(
  { sampling: settings, logprobs, responseFormat }: Conversation,
  dropped: DroppedNames,
): void {
  const unsaid: Readonly<Record<string, unknown>> = {
    min_p: settings.minP,
    typical_p: settings.typicalP,
    repeat_penalty: settings.repeatPenalty,
    presence_penalty: settings.presencePenalty,
    frequency_penalty: settings.frequencyPenalty,
    seed: settings.seed,
    logprobs,
    response_format: responseFormat?.type === "json" ? "json" : undefined,
  };
  for (const [name, value] of Object.entries(unsaid)) if (value !== undefined) dropped.add(name);
}

interface WrittenSampling {
  readonly temperature: number | undefined;
  readonly top_p: number | undefined;
  readonly top_k: number | undefined;
}

function sampling({ sampling: { temperature, topP, topK } }: Conversation): WrittenSampling {
  return { temperature, top_p: topP, top_k: topK };
}

/** Anthropic takes temperatures up to 1, one of temperature and top_p, and while it thinks next to nothing. */
function hostedSampling(
  conversation: Conversation,
  isThinking: boolean,
  dropped: DroppedNames,
): WrittenSampling {
  const { temperature, top_p, top_k } = sampling(conversation);
  const written = isThinking
    ? { temperature: undefined, top_p: undefined, top_k: undefined }
    : {
        temperature: temperature === undefined ? undefined : Math.min(temperature, 1),
        top_p: temperature === undefined ? top_p : undefined,
        top_k,
      };
  if (written.temperature !== temperature) dropped.add("temperature");
  if (written.top_p !== top_p) dropped.add("top_p");
  if (written.top_k !== top_k) dropped.add("top_k");
  return written;
}

/** Anthropic refuses stop sequences of white space alone. */
function writeStop(
  stop: readonly string[],
  isHosted: boolean,
  dropped: DroppedNames,
): readonly string[] | undefined {
  const written = isHosted ? stop.filter((text) => text.trim() !== "") : stop;
  if (written.length < stop.length) dropped.add("stop");
  return written.length === 0 ? undefined : written;
}

function writeOutputConfig(
  { responseFormat }: Conversation,
  effort: string | undefined,
): JsonObject | undefined {
  const config: Record<string, JsonValue> = {};
  if (effort !== undefined) config["effort"] = effort;
  if (responseFormat?.type === "json-schema") {
    config["format"] = { type: "json_schema", schema: responseFormat.schema };
  }
  return Object.keys(config).length === 0 ? undefined : config;
}
