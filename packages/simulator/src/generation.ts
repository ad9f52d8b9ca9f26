import type { Model, ToolCallScript } from "./model.ts";

/** What a token belongs to. */
export type TokenKind = "reasoning" | "text" | "tool";

/** One token of an answer. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** The part of a request, in any dialect, that decides the answer. */
export interface GenerationRequest {
  /** Words of the prompt, at least 1. */
  readonly promptTokens: number;
  /** Longest answer allowed; undefined for no limit. */
  readonly maxTokens?: number | undefined;
  /** Names of the tools the request offers. */
  readonly toolNames?: readonly string[];
  /** True when the conversation ends with a tool's result. */
  readonly answersToolResult?: boolean;
}

/** A planned answer. Nothing is built up front: tokens are looked up by index. */
export interface Generation {
  readonly model: Model;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Tokens of the thinking among `completionTokens`. */
  readonly reasoningTokens: number;
  readonly finish: "stop" | "length" | "tool-call";
  /** Set when the answer is a tool call. */
  readonly toolCall: ToolCallScript | undefined;
  /** @param index from 0 to `completionTokens` - 1 */
  tokenAt(index: number): Token;
  /** All tokens of one kind, joined. */
  textOf(kind: TokenKind): string;
}

const TOOL_PIECE = /[\s\S]{1,8}/g;

/** Plans the answer of a model to a request: thinking first, then a tool call or the reply. */
export function planGeneration(model: Model, request: GenerationRequest): Generation {
  const { promptTokens, maxTokens = Infinity, toolNames = [], answersToolResult = false } = request;
  const offered = model.toolCall && toolNames.includes(model.toolCall.name);
  const toolCall = offered && !answersToolResult ? model.toolCall : undefined;
  const pieces = toolCall ? (JSON.stringify(toolCall.arguments).match(TOOL_PIECE) ?? []) : [];
  const answerTokens = toolCall ? pieces.length : model.replyTokens;
  const wantedTokens = model.reasoning.length + answerTokens;
  const completionTokens = Math.min(wantedTokens, maxTokens);
  const reasoningTokens = Math.min(model.reasoning.length, completionTokens);

  const tokenAt = (index: number): Token => {
    const thought = model.reasoning[index];
    if (thought !== undefined) return { kind: "reasoning", text: thought };
    const position = index - model.reasoning.length;
    if (toolCall) return { kind: "tool", text: pieces[position] ?? "" };
    return { kind: "text", text: replyToken(model.reply, position) };
  };
  return {
    model,
    promptTokens,
    completionTokens,
    reasoningTokens,
    finish: finishOf(completionTokens < wantedTokens, toolCall !== undefined),
    toolCall,
    tokenAt,
    textOf: (kind) => joinTokens(tokenAt, kind, completionTokens),
  };
}

/** Plans an answer in words alone, for dialects without thinking and tools. */
export function planText(model: Model, request: GenerationRequest): Generation {
  return planGeneration({ ...model, reasoning: [], toolCall: undefined }, request);
}

function finishOf(isCut: boolean, callsTool: boolean): Generation["finish"] {
  if (isCut) return "length";
  return callsTool ? "tool-call" : "stop";
}

function joinTokens(
  tokenAt: (index: number) => Token,
  kind: TokenKind,
  completionTokens: number,
): string {
  let text = "";
  for (let index = 0; index < completionTokens; index += 1) {
    const token = tokenAt(index);
    if (token.kind === kind) text += token.text;
  }
  return text;
}

function replyToken(reply: readonly string[], position: number): string {
  const token = reply[position % reply.length] ?? "";
  const startsAgain = position > 0 && position % reply.length === 0;
  return startsAgain ? ` ${token}` : token;
}
