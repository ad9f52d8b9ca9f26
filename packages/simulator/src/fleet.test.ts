import { describe, expect, it } from "vitest";

import { startBackend } from "./backend.ts";
import { demoBackends, startFleet } from "./fleet.ts";

describe("startFleet", () => {
  it("starts the demo by default: three kinds that share models", async () => {
    await using fleet = await startFleet();
    expect(fleet.backends.map(({ kind }) => kind)).toEqual(["ollama", "vllm", "lm-studio"]);
    const tags = await (await fetch(`${fleet.backend("demo-ollama").url}/api/tags`)).json();
    expect(tags).toMatchObject({
      models: [{ name: "llama3.2:3b" }, { name: "qwen3:8b" }, { name: "nomic-embed-text" }],
    });
  });

  it("finds backends by name, and says when there is none", async () => {
    await using fleet = await startFleet({ backends: [{ kind: "vllm", name: "left" }] });
    expect(fleet.backend("left")).toBe(fleet.backends[0]);
    expect(() => fleet.backend("right")).toThrow(RangeError);
  });

  it("kills what it started when one backend cannot start", async () => {
    await using taken = await startBackend({ kind: "vllm", name: "taken" });
    await using free = await startBackend({ kind: "vllm", name: "free" });
    const { port } = free;
    await free.kill();
    const fleet = startFleet({
      backends: [
        { kind: "vllm", name: "a", port },
        { kind: "vllm", name: "b", port: taken.port },
      ],
    });
    await expect(fleet).rejects.toMatchObject({ code: "EADDRINUSE" });
    await free.restart(); // its port is free again
    expect((await fetch(free.url)).status).toBe(404);
  });

  it("stops all backends", async () => {
    await using fleet = await startFleet({ backends: demoBackends().slice(0, 2) });
    await fleet.stop();
    for (const { url } of fleet.backends) await expect(fetch(url)).rejects.toThrow("fetch failed");
  });
});
