import type {
  AssistantPart,
  BinarySource,
  Conversation,
  JsonValue,
  Message,
  UserPart,
} from "../conversation.ts";
import { imageSize } from "./image-size.ts";

const BYTES_PER_TOKEN = 4;

/** What a change of turn costs in a chat template. */
const TOKENS_PER_TURN = 4;

/** Anthropic's figure for images (vision guide, 2026): pixels of one token, and the most one costs. */
const PIXELS_PER_TOKEN = 750;
const MAX_IMAGE_TOKENS = 1_600;

/** Rough figures: a page of a PDF and its size in bytes; sound at 32 kB a second, 10 tokens each. */
const TOKENS_PER_PAGE = 2_000;
const BYTES_PER_PAGE = 50_000;
const SOUND_BYTES_PER_TOKEN = 3_200;

/**
 * Estimates the tokens of a prompt without a tokenizer: UTF-8 bytes of all text
 * and JSON divided by four, four for every message after the first, images by
 * their pixels, documents and sound by their size. At least 1.
 */
export function estimateTokens(conversation: Conversation): number {
  const tally = new Tally();
  for (const text of conversation.system) tally.text(text);
  for (const message of conversation.messages) countMessage(message, tally);
  for (const { name, description = "", parameters } of conversation.tools) {
    tally.text(name);
    tally.text(description);
    if (parameters !== undefined) tally.json(parameters);
  }
  const turns = Math.max(0, conversation.messages.length - 1);
  return Math.max(1, tally.tokens() + turns * TOKENS_PER_TURN);
}

class Tally {
  #bytes = 0;
  #tokens = 0;

  text(text: string): void {
    this.#bytes += Buffer.byteLength(text);
  }

  json(value: JsonValue): void {
    this.text(JSON.stringify(value));
  }

  add(tokens: number): void {
    this.#tokens += Math.ceil(tokens);
  }

  tokens(): number {
    return this.#tokens + Math.floor(this.#bytes / BYTES_PER_TOKEN);
  }
}

function countMessage(message: Message, tally: Tally): void {
  if (message.role === "system") {
    tally.text(message.text);
    return;
  }
  for (const part of message.parts) countPart(part, tally);
}

function countPart(part: UserPart | AssistantPart, tally: Tally): void {
  switch (part.type) {
    case "text":
    case "thinking":
    case "refusal":
      tally.text(part.text);
      break;
    case "tool-call":
      tally.text(part.name);
      tally.json(part.arguments);
      break;
    case "image":
      tally.add(imageTokens(part.source));
      break;
    case "document":
      tally.add(documentTokens(part.source));
      break;
    case "audio":
      tally.add(decodedBytes(part.data) / SOUND_BYTES_PER_TOKEN);
      break;
  }
}

/** Larger images are scaled down by the model's side, so none costs more than the unknown one. */
function imageTokens(source: BinarySource): number {
  const size = source.kind === "base64" ? imageSize(source.data) : undefined;
  if (size === undefined) return MAX_IMAGE_TOKENS;
  return Math.min(MAX_IMAGE_TOKENS, (size.width * size.height) / PIXELS_PER_TOKEN);
}

function documentTokens(source: BinarySource): number {
  if (source.kind === "url") return TOKENS_PER_PAGE;
  const bytes = decodedBytes(source.data);
  return source.mediaType.startsWith("text/")
    ? bytes / BYTES_PER_TOKEN
    : Math.ceil(bytes / BYTES_PER_PAGE) * TOKENS_PER_PAGE;
}

function decodedBytes(base64: string): number {
  return (base64.length * 3) / 4;
}
