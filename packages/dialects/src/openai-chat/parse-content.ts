import type {
  AudioPart,
  BinarySource,
  DocumentPart,
  ImagePart,
  RefusalPart,
  TextPart,
  UserPart,
} from "../conversation.ts";
import type { Fields } from "../json/fields.ts";

/** `data:image/png;base64,…`, with parameters allowed before `base64`. */
const DATA_URI = /^data:([^;,]*)(?:;[^;,]+)*?;base64,/i;

/** Content of a message of which only text may be; one entry per part. */
export function parseTexts(message: Fields): readonly string[] {
  return parseParts<TextPart>(message, (part) => requireText(part)).map(({ text }) => text);
}

/** Content of a user message. */
export function parseUserContent(message: Fields): readonly UserPart[] {
  return parseParts<UserPart>(message, (part) => {
    switch (part.requiredText("type")) {
      case "image_url":
        return parseImage(part);
      case "input_audio":
        return parseAudio(part);
      case "file":
        return parseFile(part);
      default:
        return requireText(part, "text, image_url, input_audio or file");
    }
  });
}

/** Content of a tool message: images are accepted beside text, as several servers do. */
export function parseToolContent(message: Fields): readonly (TextPart | ImagePart)[] {
  return parseParts<TextPart | ImagePart>(message, (part) =>
    part.requiredText("type") === "image_url"
      ? parseImage(part)
      : requireText(part, "text or image_url"),
  );
}

/** Content of an assistant message; none when it is absent. */
export function parseAssistantContent(message: Fields): readonly (TextPart | RefusalPart)[] {
  if (!message.has("content")) return [];
  return parseParts<TextPart | RefusalPart>(message, (part) =>
    part.requiredText("type") === "refusal"
      ? { type: "refusal", text: part.requiredText("refusal") }
      : requireText(part, "text or refusal"),
  );
}

function parseParts<T>(message: Fields, parsePart: (part: Fields) => T): readonly (T | TextPart)[] {
  const content = message.value("content");
  if (content === undefined) return message.refuse("content", "is required");
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content))
    return message.refuse("content", "must be a text or a list of parts");
  return message.objects("content").map(parsePart);
}

function requireText(part: Fields, allowed = "text"): TextPart {
  if (part.requiredText("type") !== "text") part.refuse("type", `must be ${allowed}`);
  return { type: "text", text: part.requiredText("text") };
}

function parseImage(part: Fields): ImagePart {
  const image = part.requiredObject("image_url");
  const url = image.requiredName("url");
  const source = dataSource(url) ?? webSource(url);
  if (source === undefined) {
    return image.refuse("url", "must be an http or https URL or a base64 data URI");
  }
  return { type: "image", source, detail: image.optionalText("detail") };
}

function parseAudio(part: Fields): AudioPart {
  const audio = part.requiredObject("input_audio");
  return {
    type: "audio",
    data: audio.requiredName("data"),
    format: audio.requiredName("format"),
  };
}

function parseFile(part: Fields): DocumentPart {
  const file = part.requiredObject("file");
  if (file.has("file_id")) {
    file.refuse(
      "file_id",
      "names a file this gateway does not hold; send its content as file_data",
    );
  }
  const data = file.requiredName("file_data");
  const source = dataSource(data) ?? webSource(data);
  return {
    type: "document",
    title: file.optionalText("filename"),
    // Bare base64 is only used for PDF, the one type the public API takes.
    source: source ?? { kind: "base64", mediaType: "application/pdf", data },
  };
}

function dataSource(url: string): BinarySource | undefined {
  const found = DATA_URI.exec(url);
  if (found === null) return undefined;
  const mediaType = found[1] === undefined || found[1] === "" ? "text/plain" : found[1];
  return { kind: "base64", mediaType: mediaType.toLowerCase(), data: url.slice(found[0].length) };
}

function webSource(url: string): BinarySource | undefined {
  return /^https?:\/\//i.test(url) ? { kind: "url", url } : undefined;
}
