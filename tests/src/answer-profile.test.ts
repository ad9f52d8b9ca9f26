import { describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { send } from "./harness/http-client.ts";
import { startWorld, type World } from "./harness/world.ts";

const MODEL = "llama3.2:3b";

describe.each(["olla", "sherpa"])("proxy.profile with engine %s", (engine) => {
  function start(profile: string, kind = "openai-compatible" as const): Promise<World<"only">> {
    const proxy = `  profile: ${profile}`;
    return startWorld({ only: { kind, models: [MODEL] } }, { engine, proxy });
  }

  it("C3 standard sends a stream as a whole, with its length", async () => {
    await using world = await start("standard");
    const response = await chat(world.url, { stream: true });
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(0);
    const { events, complete } = await readEvents(response);
    expect(events.at(-1)).toBe("[DONE]");
    expect(complete).toBe(true);
  });

  it("C3 standard answers an error where a stream would have broken", async () => {
    await using world = await start("standard");
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 2 });
    const response = await chat(world.url, { stream: true });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: "upstream_truncated" } });
  });

  it("C3 standard holds a translated stream too", async () => {
    await using world = await start("standard");
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 2 });
    const response = await fetch(`${world.url}/olla/anthropic/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({
        model: MODEL,
        max_tokens: 9,
        stream: true,
        messages: [{ role: "user", content: "hello" }],
      }),
    });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ type: "error" });
  });

  it.each(["auto", "streaming"])("C3 %s sends a stream as it arrives", async (profile) => {
    await using world = await start(profile);
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const cut = new AbortController();
    const response = await chat(world.url, { stream: true, signal: cut.signal });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toContain("data:");
    cut.abort();
  });

  it("C3 standard lets a client that leaves end the request", async () => {
    await using world = await start("standard");
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const cut = new AbortController();
    const answered = chat(world.url, { stream: true, signal: cut.signal });
    await expect
      .poll(() => world.backends.only.requests.filter(({ method }) => method === "POST").length)
      .toBe(1);
    cut.abort();
    await expect(answered).rejects.toThrow("aborted");
    await expect.poll(async () => (await world.gateway.endpoint("only"))["connections"]).toBe(0);
  });

  it("C3 passes a plain answer on unchanged whatever the profile", async () => {
    await using world = await start("standard");
    const { status, headers } = await send(world.url, { path: "/olla/proxy/v1/models" });
    expect(status).toBe(200);
    expect(headers["content-type"]).toContain("json");
  });
});
