import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

import { startBackend } from "@olla-ts/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { findBackends } from "./compose-local-backends.ts";

const NEVER = new AbortController().signal;

/** A server that accepts connections and says nothing. */
async function startSilent(): Promise<{ port: number; connected: Promise<unknown> }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
  });
  const connected = once(server, "connection");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connected };
}

describe("findBackends", () => {
  it("finds a backend beside a server that never answers, within the limit for the search", async () => {
    const silent = await startSilent();
    await using ollama = await startBackend({ kind: "ollama", name: "o" });
    const ports = [silent.port, Number(new URL(ollama.url).port)];
    const startedAt = performance.now();
    await using found = await findBackends({ signal: NEVER, ports, searchMs: 900 });
    expect(performance.now() - startedAt, "all probes would take 4 s").toBeLessThan(3_000);
    expect(found.simulated).toBe(false);
    expect(found.endpoints).toMatchObject([{ type: "ollama", url: ollama.url }]);
  });

  it("starts a simulated fleet when nothing answers in time", async () => {
    const { port } = await startSilent();
    await using found = await findBackends({ signal: NEVER, ports: [port], searchMs: 50 });
    expect(found.simulated).toBe(true);
    expect(found.endpoints.length).toBeGreaterThan(0);
  });

  it("ends at once and starts nothing when it is told to stop", async () => {
    const { port, connected } = await startSilent();
    const controller = new AbortController();
    const search = findBackends({ signal: controller.signal, ports: [port], searchMs: 60_000 });
    await connected;
    controller.abort();
    await using found = await search;
    expect(found).toMatchObject({ simulated: false, endpoints: [] });
  });
});
