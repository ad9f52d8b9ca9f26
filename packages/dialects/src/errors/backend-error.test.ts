import { anything, assert, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";

import { backendErrorMessage, MAX_PLAIN_TEXT } from "./backend-error.ts";

const JSON_TYPE = "application/json";

describe("backendErrorMessage", () => {
  it.each([
    ["OpenAI and llama.cpp", '{"error":{"code":400,"message":"x","type":"invalid_request_error"}}'],
    ["Anthropic", '{"type":"error","error":{"type":"not_found_error","message":"x"}}'],
    ["Ollama, TGI and mlx-lm", '{"error":"x"}'],
    ["older vLLM", '{"object":"error","message":"x","type":"BadRequestError","code":400}'],
    ["FastAPI", '{"detail":"x"}'],
    ["a FastAPI wrapper", '{"detail":{"error":{"message":"x"}}}'],
    ["Gemini, which wraps it in a list", '[{"error":{"code":400,"message":"x"}}]'],
    ["a JSON text", '"x"'],
  ])("TR-41 finds the message in the body of %s", (_of, body) => {
    expect(backendErrorMessage(400, body, JSON_TYPE)).toBe("x");
  });

  it("TR-41 gives plain text as it is", () => {
    expect(backendErrorMessage(500, "x\n", "text/plain")).toBe("x");
    expect(backendErrorMessage(500, "{not json", JSON_TYPE)).toBe("{not json");
  });

  it("joins the entries of a validation error with their places", () => {
    const body =
      '{"detail":[{"loc":["body","messages",0],"msg":"Field required","type":"missing"},{"msg":"bad"}]}';
    expect(backendErrorMessage(422, body, JSON_TYPE)).toBe("body.messages.0: Field required; bad");
  });

  it.each([
    ["", undefined],
    ["  ", "text/plain"],
    ["<html><body>nginx</body></html>", "text/html; charset=utf-8"],
    ["<!DOCTYPE html><p>no</p>", undefined],
    ['{"status":"sad"}', JSON_TYPE],
    ['{"error":""}', JSON_TYPE],
    ['{"error":null}', JSON_TYPE],
  ])("names the status for %j of type %s", (body, type) => {
    expect(backendErrorMessage(502, body, type)).toBe("The backend answered 502 Bad Gateway.");
  });

  it("names a status without a name by its number", () => {
    expect(backendErrorMessage(529, "", undefined)).toBe("The backend answered with status 529.");
  });

  it("cuts long plain text, but no character in two", () => {
    const message = backendErrorMessage(500, `${"x".repeat(MAX_PLAIN_TEXT - 1)}🌲 more`, undefined);
    expect(message).toBe("x".repeat(MAX_PLAIN_TEXT - 1));
  });

  it("gives some text for whatever the backend sends", () => {
    assert(
      property(integer({ min: 400, max: 599 }), anything(), string(), (status, value, type) => {
        const body = JSON.stringify(value) ?? "";
        expect(backendErrorMessage(status, body, type)).not.toBe("");
      }),
    );
  });
});
