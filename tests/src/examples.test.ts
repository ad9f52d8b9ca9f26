import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { startBackend, type BackendOptions, type SimulatedBackend } from "@olla-ts/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ROOT } from "./docs/pages.ts";
import { chat, readEvents } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { takePort } from "./harness/program.ts";

const MODEL = "pine:7b";
const PATH = "/v1/chat/completions";

/** An example as a process of its own. Disposing ends it as a user would. */
interface Example extends AsyncDisposable {
  /** What it has printed so far, in lines. */
  readonly lines: () => readonly string[];
  /** Resolves with the exit status. */
  readonly end: Promise<number | null>;
  readonly stop: () => void;
}

function startExample(name: string, args: readonly string[]): Example {
  const main = join(ROOT, "examples", name, "src/main.ts");
  const child = spawn(process.execPath, ["--conditions=@olla-ts/source", main, ...args]);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const end = once(child, "close").then(() => child.exitCode);
  return {
    lines: () => output.split("\n").filter((line) => line !== ""),
    end,
    stop: () => void child.kill("SIGTERM"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await end;
    },
  };
}

const scripts: Pick<BackendOptions, "kind" | "models"> = {
  kind: "openai-compatible",
  models: [
    { id: MODEL, reply: "one two three" },
    { id: "endless", reply: "on", tokens: 10_000, tokenIntervalMs: 10 },
    { id: "silent", firstTokenDelayMs: 60_000 },
  ],
};

let backend: SimulatedBackend;

beforeEach(async () => {
  backend = await startBackend({ name: "first", ...scripts });
});

afterEach(async () => {
  await backend[Symbol.asyncDispose]();
});

/** Starts an app with the engine in it; gives its address. */
async function startApp(name: string): Promise<Example & { readonly url: string }> {
  const example = startExample(name, [backend.url, "0"]);
  await until(() => example.lines().length > 0);
  const [, url = ""] = /(http:\/\/127\.0\.0\.1:\d+)\/v1\/ leads to/.exec(example.lines()[0]!) ?? [];
  return { ...example, url };
}

describe.each(["engine-in-hono", "engine-in-express", "engine-in-fastify"])("%s", (name) => {
  it("passes an answer on as it is", async () => {
    await using app = await startApp(name);
    const response = await chat(app.url, { model: MODEL, path: PATH });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-simulated-backend")).toBe("first");
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: "one two three" } }],
    });
    const list = await fetch(`${app.url}/v1/models?limit=3`);
    expect(await list.text()).toContain(MODEL);
    expect(backend.requests.map(({ url }) => url)).toEqual([PATH, "/v1/models?limit=3"]);
  });

  it("passes a status of the backend on", async () => {
    await using app = await startApp(name);
    expect((await chat(app.url, { model: "none", path: PATH })).status).toBe(404);
  });

  it("streams each token when it comes, and stops the backend when the client leaves", async () => {
    await using app = await startApp(name);
    const leaving = new AbortController();
    const response = await chat(app.url, {
      model: "endless",
      stream: true,
      path: PATH,
      signal: leaving.signal,
    });
    const reader = response.body!.getReader();
    await reader.read();
    expect(backend.requests[0]?.tokensSent, "the answer is under way").toBeLessThan(10_000);
    expect(backend.inFlight).toBe(1);
    leaving.abort();
    await until(() => backend.inFlight === 0);
    expect(backend.requests[0]?.aborted).toBe(true);
  });

  it("stops a backend that has not answered yet, too", async () => {
    await using app = await startApp(name);
    const leaving = new AbortController();
    const request = chat(app.url, { model: "silent", path: PATH, signal: leaving.signal });
    await backend.received(1);
    leaving.abort();
    await expect(request).rejects.toThrow("abort");
    await until(() => backend.requests[0]?.aborted === true);
    expect(backend.inFlight).toBe(0);
  });

  it("cuts an answer that broke off", async () => {
    await using app = await startApp(name);
    await backend.setFault({ type: "reset-after-tokens", tokens: 2 });
    const response = await chat(app.url, { model: MODEL, stream: true, path: PATH });
    const { complete, events } = await readEvents(response);
    expect(complete).toBe(false);
    expect(events).not.toContain("[DONE]");
  });

  it("says which failure it was when nobody answers", async () => {
    await using app = await startApp(name);
    await backend.kill();
    const response = await chat(app.url, { model: MODEL, path: PATH });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: "upstream_connect" } });
  });

  it("ends when it is told to", async () => {
    await using app = await startApp(name);
    await (await chat(app.url, { model: MODEL, path: PATH })).text();
    app.stop();
    expect(await app.end).toBe(0);
  });
});

describe("balancer-alone", () => {
  it("sends real requests to whom two strategies select", async () => {
    await using second = await startBackend({ name: "second", ...scripts });
    await using example = startExample("balancer-alone", [backend.url, second.url]);
    expect(await example.end).toBe(0);
    expect(example.lines()).toEqual([
      "round-robin: server-1 200, server-2 200, server-1 200, server-2 200",
      // The first one has a request already; equals take turns.
      expect.stringMatching(/^least-connections: server-2 200, (?:server-[12] 200(?:, |$)){3}$/),
    ]);
    expect(backend.requestCount + second.requestCount).toBe(8);
  });

  it("says who does not answer", async () => {
    await using taken = await takePort();
    await taken[Symbol.asyncDispose]();
    await using example = startExample("balancer-alone", [`http://127.0.0.1:${taken.port}`]);
    expect(await example.end).toBe(0);
    expect(example.lines()[0]).toContain("round-robin: server-1 does not answer");
  });
});

describe("health-checker-script", () => {
  it("tells when a server goes and when it is back", async () => {
    const address = `${backend.url}/v1/models`;
    await using example = startExample("health-checker-script", [address]);
    const told = (change: string) => (): boolean =>
      example.lines().some((line) => line.startsWith(`${address}: ${change}`));
    await until(told("unknown -> healthy"));
    await backend.kill();
    await until(told("healthy -> offline (connection refused)"));
    await backend.restart();
    await until(told("offline -> healthy"));
    example.stop();
    expect(await example.end).toBe(0);
    expect(example.lines().at(-1)).toBe(`${address} was healthy in the end`);
  });
});
