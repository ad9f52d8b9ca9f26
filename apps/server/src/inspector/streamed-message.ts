type JsonObject = Readonly<Record<string, unknown>>;

/** A message put together from its events. */
export interface StreamedMessage {
  /** As a reply that is not streamed; `error` is added when the stream ended in one. */
  readonly body: JsonObject;
  /** Whether the stream came to its end, if with an error. */
  readonly isWhole: boolean;
}

/** Reads a complete event stream of the Anthropic API; undefined when the text is none. */
export function readStreamedMessage(text: string): StreamedMessage | undefined {
  const builder = new MessageBuilder();
  for (const event of eventsIn(text)) builder.add(event);
  return builder.build();
}

/** The API puts the data of an event on one line, and its type inside. */
function eventsIn(text: string): readonly JsonObject[] {
  return text.split(/\r?\n/).flatMap((line) => {
    if (!line.startsWith("data:")) return [];
    const event = parse(line.slice("data:".length));
    return isObject(event) ? [event] : [];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectIn(owner: JsonObject, key: string): JsonObject {
  const value = owner[key];
  return isObject(value) ? value : {};
}

function textIn(owner: JsonObject, key: string): string {
  const value = owner[key];
  return typeof value === "string" ? value : "";
}

/** Kind of delta → field of the block that it continues. */
const CONTINUED: ReadonlyMap<string, string> = new Map([
  ["text_delta", "text"],
  ["thinking_delta", "thinking"],
  ["signature_delta", "signature"],
]);

interface Block {
  fields: JsonObject;
  /** Fragments of a tool's input. */
  inputJson: string;
  /** Those that came after the block began. */
  readonly citations: unknown[];
}

class MessageBuilder {
  #message: JsonObject | undefined;
  readonly #blocks = new Map<unknown, Block>();
  #error: unknown;
  #isWhole = false;

  add(event: JsonObject): void {
    switch (event["type"]) {
      case "message_start":
        this.#message = objectIn(event, "message");
        break;
      case "content_block_start":
        this.#blocks.set(event["index"], {
          fields: objectIn(event, "content_block"),
          inputJson: "",
          citations: [],
        });
        break;
      case "content_block_delta":
        this.#continueBlock(this.#blocks.get(event["index"]), objectIn(event, "delta"));
        break;
      case "message_delta":
        this.#continueMessage(event);
        break;
      case "message_stop":
        this.#isWhole = true;
        break;
      case "error":
        this.#error = event["error"];
        this.#isWhole = true;
        break;
      default:
      // `ping`, the end of a block, and what later versions of the API add.
    }
  }

  build(): StreamedMessage | undefined {
    const error = this.#error === undefined ? {} : { error: this.#error };
    if (this.#message === undefined) {
      if (this.#error === undefined) return undefined;
      return { body: { type: "error", ...error }, isWhole: true };
    }
    const content = [...this.#blocks.values()].map((block) => finished(block));
    return { body: { ...this.#message, content, ...error }, isWhole: this.#isWhole };
  }

  #continueBlock(block: Block | undefined, delta: JsonObject): void {
    if (block === undefined) return;
    const kind = textIn(delta, "type");
    const field = CONTINUED.get(kind);
    if (field !== undefined) {
      const text = textIn(block.fields, field) + textIn(delta, field);
      block.fields = { ...block.fields, [field]: text };
    } else if (kind === "input_json_delta") block.inputJson += textIn(delta, "partial_json");
    else if (kind === "citations_delta") {
      block.citations.push(delta["citation"]);
    }
  }

  #continueMessage(event: JsonObject): void {
    const { type: _, delta: _delta, usage: _usage, ...rest } = event;
    const message = this.#message ?? {};
    const usage = { ...objectIn(message, "usage"), ...objectIn(event, "usage") };
    this.#message = { ...message, ...rest, ...objectIn(event, "delta"), usage };
  }
}

/** A cut input is kept as the text it is. */
function finished({ fields, inputJson, citations }: Block): JsonObject {
  const input = inputJson === "" ? {} : { input: parse(inputJson) ?? inputJson };
  if (citations.length === 0) return { ...fields, ...input };
  const earlier: readonly unknown[] = Array.isArray(fields["citations"]) ? fields["citations"] : [];
  return { ...fields, ...input, citations: [...earlier, ...citations] };
}
