import type { Exchange } from "../exchange.ts";
import {
  type Generation,
  type GenerationRequest,
  planGeneration,
  type Token,
} from "../generation.ts";
import { type JsonObject, toArray, toCount, toObject, toText } from "../json-value.ts";
import { countPromptWords } from "../prompt.ts";
import { awaitAnswer, streamAnswer } from "../token-stream.ts";
import { parseModelRequest } from "./model-request.ts";

const NANOSECONDS_PER_MS = 1_000_000;

/** Answers `POST /api/chat`: newline-delimited JSON unless `stream` is false. */
export async function chat(exchange: Exchange): Promise<void> {
  await answer(exchange, (fields) => ({ message: { role: "assistant", content: "", ...fields } }));
}

/** Answers `POST /api/generate`: newline-delimited JSON unless `stream` is false. */
export async function generate(exchange: Exchange): Promise<void> {
  await answer(exchange, ({ content = "", ...rest }) => ({ response: content, ...rest }));
}

/** Fields of an Ollama message that one piece of an answer fills. */
interface Piece {
  readonly content?: string;
  readonly thinking?: string;
  readonly tool_calls?: readonly object[];
}

/** Puts a piece where the endpoint has it: below `message`, or flat. */
type Wrap = (piece: Piece) => object;

async function answer(exchange: Exchange, wrap: Wrap): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  const generation = planGeneration(model, toOllamaGeneration(body));
  const clock = startClock(exchange);
  if (body["stream"] === false) {
    await awaitAnswer(exchange, generation);
    const last = { ...toHead(exchange, generation), ...wrap(toWholePiece(generation)) };
    return exchange.sendJson({ ...last, ...toStatistics(generation, clock) });
  }
  const line = (fields: object): string =>
    `${exchange.json({ ...toHead(exchange, generation), ...fields })}\n`;
  return streamAnswer(exchange, generation, {
    contentType: "application/x-ndjson",
    encode: (token, index) => {
      if (index === 0) clock.promptDone();
      const piece = toPiece(generation, token, index);
      return piece ? line({ ...wrap(piece), done: false }) : "";
    },
    closing: () => line({ ...wrap({}), ...toStatistics(generation, clock) }),
  });
}

function toOllamaGeneration(body: JsonObject): GenerationRequest {
  const { messages, prompt, system, tools, options } = body;
  return {
    promptTokens: Math.max(1, countPromptWords([messages, prompt, system])),
    maxTokens: toCount(toObject(options)["num_predict"]),
    toolNames: toArray(tools).map((tool) => toText(toObject(toObject(tool)["function"])["name"])),
    answersToolResult: toObject(toArray(messages).at(-1))["role"] === "tool",
  };
}

function toHead({ backend }: Exchange, { model }: Generation): object {
  return { model: model.id, created_at: new Date(backend.now()).toISOString() };
}

/** Ollama sends a tool call whole, so only its last token has a line. */
function toPiece(generation: Generation, { kind, text }: Token, index: number): Piece | undefined {
  if (kind === "text") return { content: text };
  if (kind === "reasoning") return { thinking: text };
  return index === generation.completionTokens - 1 ? toToolPiece(generation) : undefined;
}

function toWholePiece(generation: Generation): Piece {
  const { reasoningTokens, toolCall } = generation;
  return {
    content: generation.textOf("text"),
    ...(reasoningTokens > 0 && { thinking: generation.textOf("reasoning") }),
    ...(toolCall && toToolPiece(generation)),
  };
}

function toToolPiece({ toolCall }: Generation): Piece {
  return { tool_calls: [{ function: { name: toolCall?.name, arguments: toolCall?.arguments } }] };
}

interface AnswerClock {
  readonly promptDone: () => void;
  /** Nanoseconds. */
  readonly durations: () => { readonly total: number; readonly prompt: number };
}

function startClock({ backend }: Exchange): AnswerClock {
  const startedAt = backend.now();
  let answeredAt = startedAt;
  return {
    promptDone: () => {
      answeredAt = backend.now();
    },
    durations: () => ({
      total: (backend.now() - startedAt) * NANOSECONDS_PER_MS,
      prompt: (answeredAt - startedAt) * NANOSECONDS_PER_MS,
    }),
  };
}

function toStatistics(generation: Generation, clock: AnswerClock): object {
  const { total, prompt } = clock.durations();
  return {
    done: true,
    done_reason: generation.finish === "length" ? "length" : "stop",
    total_duration: total,
    load_duration: 0,
    prompt_eval_count: generation.promptTokens,
    prompt_eval_duration: prompt,
    eval_count: generation.completionTokens,
    eval_duration: Math.max(1, total - prompt), // readers divide by it
  };
}
