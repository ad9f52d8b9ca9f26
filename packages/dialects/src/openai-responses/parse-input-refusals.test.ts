import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

const call = { type: "function_call", call_id: "call_7", name: "look_up", arguments: "{}" };

describe("items of a Responses request that are refused", () => {
  it.each<[JsonValue, string]>([
    [
      { type: "item_reference", id: "msg_1" },
      "input.0.type: refers to a stored item, and none are kept here; send the item",
    ],
    [
      { type: "web_search_call", id: "ws_1" },
      "input.0.type: must be message, function_call, function_call_output or reasoning",
    ],
    [{ content: "Hi" }, "input.0.role: is required"],
    [
      { role: "tool", content: "Hi" },
      "input.0.role: must be one of user, assistant, system, developer",
    ],
    [{ role: "user" }, "input.0.content: must be a text or a list of parts"],
    [
      { role: "user", content: [{ type: "input_image", file_id: "file_1" }] },
      "input.0.content.0.file_id: cannot be read, uploads are not kept here; send image_url",
    ],
    [
      { role: "user", content: [{ type: "input_file", file_id: "file_1" }] },
      "input.0.content.0.file_id: cannot be read, uploads are not kept here; send file_data",
    ],
    [
      { role: "user", content: [{ type: "input_image" }] },
      "input.0.content.0.image_url: is required",
    ],
    [
      { role: "user", content: [{ type: "input_image", image_url: "file:///etc/passwd" }] },
      "input.0.content.0.image_url: must be a base64 data URI or an http address",
    ],
    [
      { role: "user", content: [{ type: "input_file", file_url: "ftp://files.example/a" }] },
      "input.0.content.0.file_url: must be an http address",
    ],
    [
      { role: "user", content: [{ type: "input_file", file_data: "data:text/plain,plain" }] },
      "input.0.content.0.file_data: must be a base64 data URI",
    ],
    [
      { role: "user", content: [{ type: "computer_screenshot" }] },
      "input.0.content.0.type: must be input_text, input_image, input_file or input_audio",
    ],
    [
      { role: "system", content: [{ type: "input_image", image_url: "https://a.example/a.png" }] },
      "input.0.content.0.type: must be input_text in a message of this role",
    ],
    [
      {
        role: "assistant",
        content: [{ type: "input_image", image_url: "https://a.example/a.png" }],
      },
      "input.0.content.0.type: must be output_text or refusal in a message of the assistant",
    ],
    [{ ...call, arguments: "[1]" }, "input.0.arguments: must be the JSON text of an object"],
    [
      { ...call, arguments: "12345678901234567890" },
      "input.0.arguments: must be the JSON text of an object",
    ],
    [{ type: "function_call_output", output: "mild" }, "input.0.call_id: is required"],
    [
      {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_file", file_data: "JVBE" }],
      },
      "input.0.output.0.type: must be input_text or input_image in the output of a function",
    ],
  ])("refuses %j", (item, message) => {
    const refused = (): unknown =>
      openaiResponsesDialect.parseRequest({ model: "pine", input: [item] });
    expect(refused).toThrow(message);
  });
});
