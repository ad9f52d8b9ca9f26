import { ProxyError } from "@olla-ts/core";

import type {
  DocumentPart,
  ImagePart,
  JsonObject,
  JsonValue,
  TextPart,
  UserPart,
} from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { writeSource } from "./data-uri.ts";
import type { ResponsesTraits } from "./responses-traits.ts";

/**
 * Content of a user's message: a text where it is one, else parts.
 *
 * @throws ProxyError `invalid_request` for audio, and for a document the backend cannot read
 */
export function writeUserContent(
  parts: readonly UserPart[],
  { takesFiles }: ResponsesTraits,
): JsonValue {
  const [first] = parts;
  if (first?.type === "text" && parts.length === 1) return first.text;
  return parts.map((part) => writePart(part, takesFiles));
}

function writePart(part: UserPart, takesFiles: boolean): JsonObject {
  if (part.type === "document") return writeDocument(part, takesFiles);
  if (part.type === "audio") {
    throw new ProxyError("invalid_request", "messages: the selected backend cannot hear audio");
  }
  return writeOutputPart(part);
}

/** A part that may also be in the output of a function. */
export function writeOutputPart(part: TextPart | ImagePart): JsonObject {
  if (part.type === "text") return textPart(part.text);
  const { source, detail = "auto" } = part;
  return { type: "input_image", image_url: writeSource(source), detail };
}

export function textPart(text: string): JsonObject {
  return { type: "input_text", text };
}

function writeDocument({ title, source }: DocumentPart, takesFiles: boolean): JsonObject {
  if (source.kind === "base64" && source.mediaType.startsWith("text/")) {
    const text = Buffer.from(source.data, "base64").toString("utf8");
    return textPart(title === undefined ? text : `${title}\n\n${text}`);
  }
  if (!takesFiles) {
    throw new ProxyError(
      "invalid_request",
      "messages: the selected backend can read no documents other than texts",
    );
  }
  if (source.kind === "url") {
    return withoutUndefined({ type: "input_file", filename: title, file_url: source.url });
  }
  const isPdf = source.mediaType === "application/pdf";
  // The public API wants a name.
  const filename = title ?? (isPdf ? "document.pdf" : "document");
  return { type: "input_file", filename, file_data: writeSource(source) };
}
