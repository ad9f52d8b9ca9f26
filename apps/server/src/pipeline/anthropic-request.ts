import { ProxyError } from "@olla-ts/core";

import type { Question } from "./question.ts";

/** Route prefix of the Anthropic API, whatever backends serve it; its scope is named the same. */
export const ANTHROPIC = "anthropic";

/** Paths below the prefix that are forwarded; the rest of the API is answered by the gateway. */
const FORWARDED: ReadonlySet<string> = new Set(["/v1/messages", "/v1/messages/count_tokens"]);

/** Whether the gateway itself answers this path below `/olla/anthropic/`. */
export function isAnsweredLocally(path: string): boolean {
  return !FORWARDED.has(path);
}

/**
 * The Anthropic API names a model in every request; without one there is nothing
 * to route by.
 *
 * @throws ProxyError `invalid_request` saying what is wrong with it
 */
export function requireModel({ route, request, body, bodyFacts }: Question): void {
  if (route.prefix !== ANTHROPIC || bodyFacts?.model !== undefined) return;
  if (body === undefined || body.length === 0) {
    throw new ProxyError("invalid_request", "The request has no body.");
  }
  throw new ProxyError("invalid_request", faultOf(body, request.headers["content-type"]));
}

function faultOf(body: Buffer, contentType: string | undefined): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return "The body is not valid JSON.";
  }
  const model: unknown =
    typeof parsed === "object" && parsed !== null
      ? Object.getOwnPropertyDescriptor(parsed, "model")?.value
      : undefined;
  if (model === undefined) return "model: is required";
  if (typeof model !== "string") return `model: must be text, not ${kindOf(model)}`;
  if (model.trim() === "") return "model: must not be empty";
  return `content-type: must be application/json, not ${contentType ?? "absent"}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
}
