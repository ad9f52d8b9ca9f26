import { ProxyError } from "@olla-ts/core";

import type {
  BinarySource,
  DocumentPart,
  ImagePart,
  JsonObject,
  JsonValue,
  UserPart,
} from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import type { BackendAbilities } from "./backend-abilities.ts";

/**
 * Content of a user message: a text where it is nothing but text, since parts
 * are joined differently by different servers, else parts.
 *
 * @throws ProxyError `invalid_request` for a document the backend cannot read
 */
export function writeUserContent(
  parts: readonly UserPart[],
  abilities: BackendAbilities,
): JsonValue {
  const written = parts.map((part) => writePart(part, abilities));
  if (written.every((part) => typeof part === "string")) return written.join("\n");
  return written.map((part) => (typeof part === "string" ? { type: "text", text: part } : part));
}

/** A text, or a part that is not text. */
function writePart(part: UserPart, abilities: BackendAbilities): string | JsonObject {
  switch (part.type) {
    case "text":
      return part.text;
    case "image":
      return writeImage(part);
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format } };
    case "document":
      break;
  }
  return writeDocument(part, abilities);
}

/** An image as an `image_url` part. */
export function writeImage({ source, detail }: ImagePart): JsonObject {
  return { type: "image_url", image_url: withoutUndefined({ url: toUrl(source), detail }) };
}

function writeDocument(
  { source, title }: DocumentPart,
  { takesFiles }: BackendAbilities,
): string | JsonObject {
  if (source.kind === "url") {
    throw new ProxyError(
      "invalid_request",
      "messages: the selected backend cannot fetch documents; send the document's content",
    );
  }
  if (source.mediaType.startsWith("text/")) {
    const text = Buffer.from(source.data, "base64").toString("utf8");
    return title === undefined ? text : `${title}\n\n${text}`;
  }
  if (!takesFiles) {
    throw new ProxyError(
      "invalid_request",
      `messages: the selected backend cannot read documents of type ${source.mediaType}`,
    );
  }
  const filename = title ?? defaultName(source.mediaType);
  return { type: "file", file: { filename, file_data: toUrl(source) } };
}

/** The public API wants a name. */
function defaultName(mediaType: string): string {
  return mediaType === "application/pdf" ? "document.pdf" : "document";
}

function toUrl(source: BinarySource): string {
  return source.kind === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
