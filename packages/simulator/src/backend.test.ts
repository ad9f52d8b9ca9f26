import { connect } from "node:net";

import { describe, expect, it } from "vitest";

import { startBackend } from "./backend.ts";

const hanging = { type: "hang", on: "everything" } as const;

describe("startBackend", () => {
  it("selects a port below those of outgoing connections", async () => {
    await using backend = await startBackend({ kind: "ollama", name: "a" });
    expect(backend.port).toBeGreaterThanOrEqual(20_000);
    expect(backend.port).toBeLessThan(32_768);
    expect(backend.url).toBe(`http://127.0.0.1:${backend.port}`);
  });

  it("passes over ports that are taken", async () => {
    const options = { kind: "ollama", name: "a", random: () => 0.999_99 } as const;
    await using first = await startBackend(options);
    await using second = await startBackend(options);
    expect(second.port).not.toBe(first.port);
  });

  it("rejects when its port is taken", async () => {
    await using first = await startBackend({ kind: "ollama", name: "a" });
    const second = startBackend({ kind: "ollama", name: "b", port: first.port });
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("rejects a name that cannot stand in a header", async () => {
    await expect(startBackend({ kind: "ollama", name: "a\nb" })).rejects.toThrow(TypeError);
  });

  it("replaces its models while it runs", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a", models: ["pine"] });
    backend.setModels(["fir", { id: "oak" }]);
    const list = await (await fetch(`${backend.url}/v1/models`)).json();
    expect(list).toMatchObject({ data: [{ id: "fir" }, { id: "oak" }] });
  });

  it("records requests as they arrived", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a" });
    const first = backend.received(1);
    await fetch(`${backend.url}/echo?x=%2F`, {
      method: "PUT",
      headers: { "X-Mixed-Case": "Value" },
      body: "payload",
    });
    const request = await first;
    expect(request).toMatchObject({ method: "PUT", url: "/echo?x=%2F", aborted: false });
    expect(request.rawHeaders).toContain("Value");
    expect(request.headers["x-mixed-case"]).toBe("Value");
    expect(request.body.toString()).toBe("payload");
    expect(await backend.received(1)).toBe(request);
    expect(backend.requestCount).toBe(1);
  });

  it("records a request whose client left while sending it", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a" });
    const socket = connect({ port: backend.port, host: "127.0.0.1" });
    socket.write("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    socket.end();
    const request = await backend.received(1);
    await request.settled;
    expect(request).toMatchObject({ isComplete: false, aborted: true });
    expect(request.body.toString()).toBe("half");
  });

  it("kill cuts everything at once and restart listens on the same port", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a", faults: [hanging] });
    const answer = fetch(`${backend.url}/echo`);
    const request = await backend.received(1);
    expect(backend).toMatchObject({ inFlight: 1, openConnections: 1 });
    const [outcome] = await Promise.allSettled([answer, backend.kill()]);
    expect(outcome.status).toBe("rejected");
    expect(request.aborted).toBe(false); // the backend left, not the client
    await expect(fetch(`${backend.url}/echo`)).rejects.toThrow("fetch failed");

    await backend.setFault(undefined); // a dead backend stays dead
    await expect(fetch(`${backend.url}/echo`)).rejects.toThrow("fetch failed");
    await backend.restart();
    expect((await fetch(`${backend.url}/echo`)).status).toBe(200);
    expect(backend.requestCount).toBe(2);
  });

  it("stays dead when killed while refusing, whatever becomes of the fault", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a" });
    await backend.setFault({ type: "refuse" });
    await backend.kill();
    await backend.setFault(undefined);
    await expect(fetch(backend.url)).rejects.toThrow("fetch failed");
    await backend.restart();
    expect((await fetch(backend.url)).status).toBe(404);
  });

  it("stop lets an answer under way finish", async () => {
    const waking = Promise.withResolvers<void>();
    await using backend = await startBackend({
      kind: "vllm",
      name: "a",
      models: [{ id: "pine", firstTokenDelayMs: 1 }],
      sleep: () => waking.promise,
    });
    const body = JSON.stringify({ model: "pine", messages: [] });
    const answer = fetch(`${backend.url}/v1/chat/completions`, { method: "POST", body });
    await backend.received(1);
    const stopped = backend.stop();
    await expect(fetch(`${backend.url}/echo`)).rejects.toThrow("fetch failed");
    waking.resolve();
    expect((await answer).status).toBe(200);
    await stopped;
    expect(backend.openConnections).toBe(0);
  });

  it("answers 500 when it fails itself", async () => {
    await using backend = await startBackend({
      kind: "vllm",
      name: "a",
      models: ["p"],
      now: () => {
        throw new Error("no clock");
      },
    });
    const body = JSON.stringify({ model: "p", messages: [] });
    const response = await fetch(`${backend.url}/v1/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { message: "no clock" } });
  });
});
