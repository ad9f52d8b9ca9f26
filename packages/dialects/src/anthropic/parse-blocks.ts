import type { BinarySource, ImagePart, TextPart, UserPart } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import { isArray } from "../json/json-value.ts";
import type { DroppedNames } from "./dropped-names.ts";
import { refuseToTranslate } from "./untranslatable.ts";

/**
 * Content as the API has it: a text, or a list of blocks.
 *
 * @throws ProxyError `invalid_request` when it is neither
 */
export function readContent(owner: Fields, key: string): string | readonly Fields[] {
  const value = owner.value(key);
  if (typeof value === "string") return value;
  if (isArray(value)) return owner.objects(key);
  return owner.refuse(key, "must be a text or a list of blocks");
}

/** Type of a block; notes what is said of it that only Anthropic can keep. */
export function blockType(block: Fields, dropped: DroppedNames): string {
  if (block.has("cache_control")) dropped.add("cache_control");
  if (block.has("citations")) dropped.add("citations");
  return block.requiredName("type");
}

/**
 * The parts of a user's block; none, and its type in `dropped`, when the block
 * is of a type that has no place in other dialects.
 */
export function parseUserBlock(block: Fields, dropped: DroppedNames): readonly UserPart[] {
  const type = blockType(block, dropped);
  switch (type) {
    case "text":
      return [toText(block.requiredText("text"))];
    case "image":
      return [parseImage(block)];
    case "document":
      return parseDocument(block, dropped);
    case "search_result":
      return [parseSearchResult(block, dropped)];
    case "container_upload":
      return refuseToTranslate(
        block,
        "type",
        "container_upload is not supported: send the content itself",
      );
    default:
      dropped.add(type);
      return [];
  }
}

/** Text of a block list that may hold nothing but text, as `system` does. */
export function parseTexts(blocks: readonly Fields[], dropped: DroppedNames): readonly string[] {
  return blocks.map((block) =>
    blockType(block, dropped) === "text"
      ? block.requiredText("text")
      : block.refuse("type", "must be text"),
  );
}

/** A text part. */
export function toText(text: string): TextPart {
  return { type: "text", text };
}

function parseImage(block: Fields): ImagePart {
  const source = block.requiredObject("source");
  const type = source.requiredName("type");
  if (type === "base64" || type === "url") {
    return { type: "image", source: parseBinary(source, type), detail: undefined };
  }
  const must = "must be base64 or url: files by id are not supported";
  return type === "file" ? refuseToTranslate(source, "type", must) : source.refuse("type", must);
}

function parseDocument(block: Fields, dropped: DroppedNames): readonly UserPart[] {
  const title = block.optionalText("title");
  const context = block.optionalText("context");
  const source = block.requiredObject("source");
  const type = source.requiredName("type");
  switch (type) {
    case "base64":
    case "url": {
      const document = { type: "document", title, source: parseBinary(source, type) } as const;
      return context === undefined ? [document] : [toText(context), document];
    }
    case "text":
      return [toText(paragraphs(title, context, source.requiredText("data")))];
    case "content": {
      const content = readContent(source, "content");
      if (typeof content === "string") return [toText(paragraphs(title, context, content))];
      const heading = paragraphs(title, context);
      const parts = content.flatMap((inner) => parseUserBlock(inner, dropped));
      return heading === "" ? parts : [toText(heading), ...parts];
    }
    default: {
      const must = "must be base64, text, content or url: files by id are not supported";
      return type === "file"
        ? refuseToTranslate(source, "type", must)
        : source.refuse("type", must);
    }
  }
}

function parseBinary(source: Fields, type: "base64" | "url"): BinarySource {
  if (type === "url") return { kind: "url", url: source.requiredName("url") };
  return {
    kind: "base64",
    mediaType: source.requiredName("media_type"),
    data: source.requiredText("data"),
  };
}

function parseSearchResult(block: Fields, dropped: DroppedNames): TextPart {
  const heading = [block.optionalText("title"), block.optionalText("source")]
    .filter((line) => line !== undefined)
    .join("\n");
  return toText(paragraphs(heading, ...parseTexts(block.objects("content"), dropped)));
}

function paragraphs(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text !== "").join("\n\n");
}
