import { describe, expect, it } from "vitest";

import { parseSimulatorArguments, SimulatorArgumentError } from "./arguments.ts";

function parseBackends(...words: string[]) {
  const command = parseSimulatorArguments(words);
  return command.action === "run" ? command.backends : [];
}

describe("parseSimulatorArguments", () => {
  it("asks for help", () => {
    expect(parseSimulatorArguments(["--help"])).toEqual({ action: "help" });
  });

  it("starts the demo on consecutive ports by default", () => {
    const backends = parseBackends();
    expect(backends.map(({ port, name }) => `${port} ${name}`)).toEqual([
      "18434 demo-ollama",
      "18435 demo-vllm",
      "18436 demo-lm-studio",
    ]);
  });

  it("takes kinds in turn and numbers the second round", () => {
    const words = ["--kind", "vllm,ollama", "--backends", "3", "--port", "9000"];
    expect(parseBackends(...words).map(({ kind, name, port }) => [kind, name, port])).toEqual([
      ["vllm", "vllm", 9000],
      ["ollama", "ollama", 9001],
      ["vllm", "vllm-2", 9002],
    ]);
  });

  it("gives every backend the models and the pace", () => {
    const [backend] = parseBackends(
      "--models=pine,fir",
      "--token-interval=0",
      "--first-token-delay=9",
    );
    expect(backend).toMatchObject({
      kind: "openai-compatible",
      host: "127.0.0.1",
      models: [
        { id: "pine", tokenIntervalMs: 0, firstTokenDelayMs: 9 },
        { id: "fir", tokenIntervalMs: 0, firstTokenDelayMs: 9 },
      ],
    });
  });

  it("paces models at 40 tokens a second unless told otherwise", () => {
    expect(parseBackends("--models", "pine")[0]?.models).toEqual([
      { id: "pine", firstTokenDelayMs: 150, tokenIntervalMs: 25 },
    ]);
  });

  it("leaves port 0 to each backend", () => {
    expect(parseBackends("--port", "0").map(({ port }) => port)).toEqual([0, 0, 0]);
  });

  it.each([
    { words: ["--kind", "tree"], message: "Unknown kind tree" },
    { words: ["--port", "x"], message: "--port must be a whole number from 0 to 65535, not x." },
    { words: ["--port", "65535"], message: "leaves no room for 3 backends" },
    { words: ["--backends", "0"], message: "--backends must be at least 1." },
    { words: ["--token-interval", "1.5"], message: "--token-interval" },
    { words: ["--colour"], message: "--colour" },
    { words: ["stray"], message: "stray" },
  ])("rejects $words", ({ words, message }) => {
    expect(() => parseSimulatorArguments(words)).toThrow(SimulatorArgumentError);
    expect(() => parseSimulatorArguments(words)).toThrow(message);
  });
});
