import { Ollama } from "ollama";
import OpenAI from "openai";

/** The official client with nothing but its base address changed; it never retries. */
export function openaiClient(url: string, prefix = "openai"): OpenAI {
  return new OpenAI({
    baseURL: `${url}/olla/${prefix}/v1`,
    apiKey: "client-secret",
    maxRetries: 0,
  });
}

/** The official client with nothing but its host changed. */
export function ollamaClient(url: string): Ollama {
  return new Ollama({ host: `${url}/olla/ollama` });
}

/** JSON Schema of the arguments of `weather`. */
export const TOWN = {
  type: "object",
  properties: { town: { type: "string" } },
  required: ["town"],
} as const;

/** A tool with one argument, in the shape of Chat Completions and of Ollama. */
export const WEATHER_FUNCTION = {
  type: "function" as const,
  function: {
    name: "weather",
    description: "Tells the weather of a town.",
    parameters: {
      type: "object",
      properties: { town: { type: "string", description: "Its name." } },
      required: ["town"],
    },
  },
};

/** The same in the shape of Responses. */
export const WEATHER_RESPONSES = {
  type: "function" as const,
  name: "weather",
  description: "Tells the weather of a town.",
  parameters: TOWN,
  strict: null,
};

/** A PNG of one pixel, in base64. */
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** What a promise rejects with. */
export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Reads a stream to its end and keeps nothing of it. */
export async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) void _;
}
