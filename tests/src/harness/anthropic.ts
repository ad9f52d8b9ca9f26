import Anthropic, { type ClientOptions } from "@anthropic-ai/sdk";

/** Where messages of the Anthropic API go. */
export const MESSAGES = "/olla/anthropic/v1/messages";

/** The official client with nothing but its base address changed; it retries only when told to. */
export function anthropicClient(url: string, options: ClientOptions = {}): Anthropic {
  return new Anthropic({
    baseURL: `${url}/olla/anthropic`,
    apiKey: "client-secret",
    maxRetries: 0,
    ...options,
  });
}

/** The least a message request holds. */
export function question(
  model: string,
  content = "hello",
): { model: string; max_tokens: number; messages: { role: "user"; content: string }[] } {
  return { model, max_tokens: 64, messages: [{ role: "user", content }] };
}

/** A tool with one argument. */
export const WEATHER: Anthropic.Tool = {
  name: "weather",
  description: "Tells the weather of a town.",
  input_schema: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
};

/** The events of a raw stream: `event` line and parsed data, which have to name the same type. */
export function parseEvents(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const [, type, data] = /^event: (\S+)\ndata: (.*)$/s.exec(block) ?? [];
      if (data === undefined) throw new Error(`not an event with a name: ${block}`);
      const parsed = JSON.parse(data) as Record<string, unknown>;
      if (parsed["type"] !== type) throw new Error(`event ${type} holds ${data}`);
      return parsed;
    });
}
