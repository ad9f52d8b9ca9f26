import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createNativeSupport, type NativeSupport, OPERATION_COUNT } from "./native-support.ts";

const [a, b] = [0, 1].map((slot) => makeEndpoint({ slot })) as [
  ReturnType<typeof makeEndpoint>,
  ReturnType<typeof makeEndpoint>,
];

function setUp(refusedUntil = new Float64Array(2 * OPERATION_COUNT)): {
  readonly clock: ManualClock;
  readonly support: NativeSupport;
} {
  const clock = new ManualClock();
  const support = createNativeSupport({ clock, anthropicPassthrough: true, refusedUntil });
  return { clock, support };
}

describe("createNativeSupport", () => {
  it("remembers a refusal for five minutes", () => {
    const { clock, support } = setUp();
    support.refuse(a, "responses");
    expect(support.allows(a, undefined, "responses", undefined)).toBe(false);
    expect(support.allows(a, undefined, "chat", undefined)).toBe(true);
    expect(support.allows(b, undefined, "responses", undefined)).toBe(true);
    clock.advance(300_000);
    expect(support.allows(a, undefined, "responses", undefined)).toBe(true);
  });

  it("knows of the refusals of every other one over the same cells", () => {
    const cells = new Float64Array(2 * OPERATION_COUNT);
    setUp(cells).support.refuse(b, "ollama_embeddings");
    const { support } = setUp(cells);
    expect(support.allows(b, undefined, "ollama_embeddings", undefined)).toBe(false);
    expect(support.allows(a, undefined, "ollama_embeddings", undefined)).toBe(true);
  });
});
