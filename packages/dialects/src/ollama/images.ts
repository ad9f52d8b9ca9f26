import { ProxyError } from "@olla-ts/core";

import type { ImagePart } from "../conversation.ts";
import { type Fields, invalidField } from "../json/fields.ts";

/** `data:image/png;base64,`: some clients send it although Ollama wants the bare base64. */
const DATA_URI = /^data:[^,]*,/;

/** Base64 characters that hold the bytes by which the formats are told apart. */
const SIGNATURE_CHARACTERS = 16;

/** Kinds of image that Ollama's own OpenAI layer takes. */
const SUPPORTED: readonly string[] = ["image/jpeg", "image/jpg", "image/png", "image/webp"];

/** The `images` list of a message or of a prompt: bare base64, its kind found from its first bytes. */
export function parseImages(fields: Fields): readonly ImagePart[] {
  return fields.arrayOf("images", (item, path) => {
    if (typeof item !== "string") throw invalidField(path, "must be a text in base64");
    const data = item.replace(DATA_URI, "").replaceAll(/\s/g, "");
    const mediaType = sniffMediaType(data);
    if (mediaType === undefined) {
      throw invalidField(path, "must be a JPEG, PNG, WebP or GIF image in base64");
    }
    return { type: "image", source: { kind: "base64", mediaType, data }, detail: undefined };
  });
}

/**
 * The image as Ollama takes it: bare base64.
 *
 * @throws ProxyError `invalid_request` for an address, and for kinds it cannot decode
 */
export function toBareImage({ source }: ImagePart): string {
  if (source.kind === "url") {
    throw new ProxyError(
      "invalid_request",
      "This endpoint takes images as base64 data only, not as addresses.",
    );
  }
  if (!SUPPORTED.includes(source.mediaType.toLowerCase())) {
    throw new ProxyError("invalid_request", "This endpoint takes JPEG, PNG and WebP images only.");
  }
  return source.data;
}

/** The media type that the first bytes tell; undefined for none of the four known ones. */
function sniffMediaType(base64: string): string | undefined {
  const bytes = Buffer.from(base64.slice(0, SIGNATURE_CHARACTERS), "base64").toString("latin1");
  if (bytes.startsWith("\xFF\xD8\xFF")) return "image/jpeg";
  if (bytes.startsWith("\x89PNG")) return "image/png";
  if (bytes.startsWith("GIF8")) return "image/gif";
  if (bytes.startsWith("RIFF") && bytes.endsWith("WEBP")) return "image/webp";
  return undefined;
}
