import { describe, expect, it } from "vitest";

import { makeProfile } from "../testing/index.ts";
import { planServing } from "./serving-plan.ts";

const chatOnly = makeProfile({ operations: { chat: "/v1/chat/completions" } });
const both = makeProfile({
  operations: { chat: "/v1/chat/completions", messages: "/v1/messages" },
});

describe("planServing", () => {
  it("passes through what the backend offers", () => {
    expect(planServing(both, "messages")).toEqual({ mode: "passthrough", operation: "messages" });
  });

  it("translates to the first equivalent that the backend offers", () => {
    expect(planServing(chatOnly, "messages")).toEqual({ mode: "translated", operation: "chat" });
    expect(planServing(both, "responses")).toEqual({ mode: "translated", operation: "chat" });
  });

  it("translates although the backend offers the operation, when its own form must not be used", () => {
    expect(planServing(both, "messages", false)).toEqual({ mode: "translated", operation: "chat" });
  });

  it.each([
    { profile: undefined, operation: "chat" as const },
    { profile: chatOnly, operation: undefined },
    { profile: chatOnly, operation: "rerank" as const },
  ])(
    "passes $operation through where nothing is known to stand for it",
    ({ profile, operation }) => {
      expect(planServing(profile, operation).mode).toBe("passthrough");
    },
  );
});
