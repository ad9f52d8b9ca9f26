import { describe, expect, it } from "vitest";

import { startBackend } from "./backend.ts";
import { runSimulator } from "./run.ts";

/** Runs the command; stops it once it has printed its configuration, after a look at it. */
async function run(words: readonly string[], look?: (printed: string) => Promise<void>) {
  const stopping = new AbortController();
  const started = Promise.withResolvers<void>();
  let printed = "";
  const write = (text: string) => {
    printed += text;
    if (text.includes("discovery:")) started.resolve();
  };
  const ended = runSimulator({ words, write, signal: stopping.signal });
  await Promise.race([started.promise, ended]);
  await look?.(printed);
  stopping.abort();
  return { code: await ended, printed };
}

describe("runSimulator", () => {
  it("prints a line per backend and a configuration, serves, and ends with 0", async () => {
    const words = ["--port", "0", "--kind", "vllm", "--models", "pine,fir"];
    let url = "";
    const { code, printed } = await run(words, async (text) => {
      url = /http:\S+/.exec(text)?.[0] ?? "";
      expect((await fetch(`${url}/health`)).status).toBe(200);
    });
    expect(code).toBe(0);
    expect(printed).toBe(
      `${url}  vllm  vllm  pine, fir

Configuration for olla:

discovery:
  type: static
  static:
    endpoints:
      - name: vllm
        url: "${url}"
        type: vllm
        priority: 100

`,
    );
    await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
  });

  it("prints help and ends with 0", async () => {
    const { code, printed } = await run(["--help"]);
    expect(code).toBe(0);
    expect(printed).toMatch(/^Usage: olla-simulator/);
  });

  it("explains a wrong command line and ends with 2", async () => {
    const { code, printed } = await run(["--kind", "tree"]);
    expect(code).toBe(2);
    expect(printed).toMatch(/^olla-simulator: Unknown kind tree/);
  });

  it("rejects when a port is taken", async () => {
    await using taken = await startBackend({ kind: "vllm", name: "a" });
    await expect(run(["--port", String(taken.port), "--backends", "1"])).rejects.toThrow(
      "EADDRINUSE",
    );
  });
});
