import type {
  AssistantPart,
  AudioPart,
  DocumentPart,
  ImagePart,
  JsonValue,
  TextPart,
  UserPart,
} from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { isArray } from "../json/json-value.ts";
import { parseSource } from "./data-uri.ts";

/** Content of a user's message: a text or a list of parts. */
export function parseUserContent(item: Fields): readonly UserPart[] {
  const parts = contentParts(item, "content").map((part) => parseUserPart(part));
  return parts.length === 0 ? [{ type: "text", text: "" }] : parts;
}

/** Text of a message that can hold nothing else; the blocks of a list are joined by a blank line. */
export function parseInstructions(item: Fields): string {
  const texts = contentParts(item, "content").map((part) => {
    if (isText(part)) return part.requiredText("text");
    return part.refuse("type", "must be input_text in a message of this role");
  });
  return texts.join("\n\n");
}

/** Content of an assistant's message; empty texts are left out. */
export function parseAssistantContent(item: Fields): readonly AssistantPart[] {
  return contentParts(item, "content")
    .map((part): AssistantPart => {
      if (isText(part)) return parseText(part);
      if (part.optionalText("type") === "refusal") {
        return { type: "refusal", text: part.requiredText("refusal") };
      }
      return part.refuse("type", "must be output_text or refusal in a message of the assistant");
    })
    .filter((part) => !("text" in part) || part.text !== "");
}

/** What a function returned. */
export function parseToolOutput(item: Fields): readonly (TextPart | ImagePart)[] {
  return contentParts(item, "output").map((part) => {
    if (isText(part)) return parseText(part);
    if (part.optionalText("type") === "input_image") return parseImage(part);
    return part.refuse("type", "must be input_text or input_image in the output of a function");
  });
}

/** The parts of a text or of a list; a text is one part. */
function contentParts(item: Fields, key: string): readonly Fields[] {
  const content = item.value(key);
  if (typeof content === "string") return [textFields(item, key, content)];
  if (isArray(content)) return item.objects(key);
  return item.refuse(key, "must be a text or a list of parts");
}

function textFields(item: Fields, key: string, text: JsonValue): Fields {
  return new Fields({ type: "input_text", text }, item.pathOf(key));
}

function isText(part: Fields): boolean {
  const type = part.optionalText("type");
  return type === "input_text" || type === "output_text" || type === "text";
}

function parseUserPart(part: Fields): UserPart {
  if (isText(part)) return parseText(part);
  switch (part.requiredText("type")) {
    case "input_image":
      return parseImage(part);
    case "input_file":
      return parseFile(part);
    case "input_audio":
      return parseAudio(part.requiredObject("input_audio"));
    default:
      return part.refuse("type", "must be input_text, input_image, input_file or input_audio");
  }
}

function parseText(part: Fields): TextPart {
  return { type: "text", text: part.requiredText("text") };
}

function parseImage(part: Fields): ImagePart {
  const url = part.optionalText("image_url") ?? refuseFileId(part, "image_url");
  const source = parseSource(url);
  if (source === undefined) {
    return part.refuse("image_url", "must be a base64 data URI or an http address");
  }
  return { type: "image", source, detail: part.optionalText("detail") };
}

function parseFile(part: Fields): DocumentPart {
  const title = part.optionalText("filename");
  const address = part.optionalText("file_url");
  if (address !== undefined) {
    const source = parseSource(address);
    if (source === undefined) return part.refuse("file_url", "must be an http address");
    return { type: "document", title, source };
  }
  const data = part.optionalText("file_data") ?? refuseFileId(part, "file_data");
  const source = data.startsWith("data:")
    ? (parseSource(data) ?? part.refuse("file_data", "must be a base64 data URI"))
    : { kind: "base64" as const, mediaType: "application/pdf", data };
  return { type: "document", title, source };
}

function parseAudio(audio: Fields): AudioPart {
  return { type: "audio", data: audio.requiredName("data"), format: audio.requiredName("format") };
}

/** @param instead the field that holds the content itself */
function refuseFileId(part: Fields, instead: string): never {
  if (part.has("file_id")) {
    return part.refuse("file_id", `cannot be read, uploads are not kept here; send ${instead}`);
  }
  return part.refuse(instead, "is required");
}
