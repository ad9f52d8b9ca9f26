import { type BackendOptions, type SimulatedBackend, startBackend } from "./backend.ts";

/** Several fake backends, started and ended together. Disposing kills them all. */
export interface Fleet extends AsyncDisposable {
  /** In the order of the options. */
  readonly backends: readonly SimulatedBackend[];
  /** @throws RangeError when no backend has that name */
  backend(name: string): SimulatedBackend;
  /** Stops every backend gracefully. */
  stop(): Promise<void>;
}

/** What a fleet consists of. */
export interface FleetOptions {
  /** Default: {@link demoBackends}. */
  readonly backends?: readonly BackendOptions[];
}

/** Starts backends side by side. When one cannot start, the others are killed and its error is thrown. */
export async function startFleet({ backends = demoBackends() }: FleetOptions = {}): Promise<Fleet> {
  await using started = new AsyncDisposableStack();
  const running: SimulatedBackend[] = [];
  for (const options of backends) running.push(started.use(await startBackend(options)));
  const owned = started.move();
  return {
    backends: running,
    backend(name) {
      const found = running.find((backend) => backend.name === name);
      if (!found) throw new RangeError(`The fleet has no backend named ${name}.`);
      return found;
    },
    async stop() {
      await Promise.all(running.map((backend) => backend.stop()));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Pace of the demo: the first token after 150 ms, then 40 tokens a second. */
const DEMO_PACE = { firstTokenDelayMs: 150, tokenIntervalMs: 25 } as const;

/** Three backends of different kinds that share some models, at a pace people can watch. */
export function demoBackends(): readonly BackendOptions[] {
  const llama = { id: "llama3.2:3b", contextLength: 131_072, ...DEMO_PACE };
  const qwen = {
    id: "qwen3:8b",
    contextLength: 40_960,
    reasoning: "The user wants a demo.",
    ...DEMO_PACE,
  };
  const nomic = {
    id: "nomic-embed-text",
    parameterSize: "137M",
    sizeBytes: 274_302_450,
    embeddingDimensions: 768,
  };
  return [
    { kind: "ollama", name: "demo-ollama", models: [llama, qwen, nomic] },
    { kind: "vllm", name: "demo-vllm", models: [qwen] },
    { kind: "lm-studio", name: "demo-lm-studio", models: [llama, nomic] },
  ];
}
