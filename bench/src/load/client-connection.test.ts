import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { BackendEndpoint } from "../backend/endpoint.ts";
import { ClientConnection, type Outcome } from "./client-connection.ts";
import { buildRequests } from "./requests.ts";

describe("ClientConnection with a BackendEndpoint", () => {
  let backend: BackendEndpoint;
  let connections: ClientConnection[];

  beforeEach(async () => {
    backend = new BackendEndpoint({ host: "127.0.0.1", port: 0, models: ["sim"] });
    await backend.open();
    connections = [];
  });

  afterEach(async () => {
    for (const connection of connections) connection.leave();
    await backend.setMode("refuse");
  });

  /** A connection that expects so many tokens, and what asks over it. */
  function connected(tokens: number): {
    readonly connection: ClientConnection;
    readonly ask: (model: string) => Promise<Outcome>;
    readonly stamps: number[];
  } {
    const stamps: number[] = [];
    let done: ((outcome: Outcome) => void) | undefined;
    const connection = new ClientConnection(
      { host: "127.0.0.1", port: backend.port, tokens },
      { token: (sent) => stamps.push(sent), done: (outcome) => done?.(outcome) },
    );
    connections.push(connection);
    const ask = (model: string): Promise<Outcome> => {
      const [request = ""] = requestFor(model, tokens > 0);
      return new Promise((resolve) => {
        done = resolve;
        connection.send(request);
      });
    };
    return { connection, ask, stamps };
  }

  function requestFor(model: string, stream: boolean): readonly (string | Buffer)[] {
    return buildRequests({
      url: `http://127.0.0.1:${backend.port}/v1/chat/completions`,
      headers: {},
      models: [model],
      mode: "closed",
      connections: 1,
      bodyBytes: 1_024,
      stream,
      tokens: 0,
      spreadMs: 0,
      warmMs: 0,
      warmAnswers: 0,
      measureMs: 0,
      silenceMs: 0,
      finish: false,
      watch: {},
      timeline: false,
    });
  }

  it("takes a whole answer, and another on the same connection", async () => {
    const { ask } = connected(0);
    expect(await ask("sim-bytes1024")).toMatchObject({ error: undefined });
    expect(await ask("sim-bytes50000")).toMatchObject({ error: undefined });
    expect(backend.counts()).toMatchObject({ requests: 2, active: 0, connections: 1 });
  });

  it.each(["sim-tokens200", "sim-tokens20-every1-after5"])(
    "takes a stream with every token, in the order of their sending (%s)",
    async (model) => {
      const tokens = Number(/tokens(\d+)/.exec(model)?.[1]);
      const { ask, stamps } = connected(tokens);
      expect(await ask(model)).toMatchObject({ error: undefined });
      expect(stamps).toHaveLength(tokens);
      expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
      expect(backend.counts()).toMatchObject({ tokens, active: 0 });
    },
  );

  it("does not take a stream with other than the tokens asked for", async () => {
    const { ask } = connected(20);
    expect(await ask("sim-tokens19")).toMatchObject({ error: "fewer tokens" });
    expect(await ask("sim-tokens21")).toMatchObject({ error: "more tokens" });
  });

  it("tells the status and the text of a refusal", async () => {
    const { ask } = connected(0);
    await backend.setMode(503);
    const { error, detail } = await ask("sim");
    expect(error).toBe("status 503");
    expect(detail).toContain("forced");
  });

  it("tells a reset, and connects anew afterwards", async () => {
    const { ask } = connected(0);
    await backend.setMode("reset");
    expect(await ask("sim")).toMatchObject({ error: "ECONNRESET" });
    await backend.setMode("ok");
    expect(await ask("sim")).toMatchObject({ error: undefined });
  });

  it("is refused by an endpoint that is down", async () => {
    const { port } = backend;
    await backend.setMode("refuse");
    const outcome = new Promise<Outcome>((resolve) => {
      const connection = new ClientConnection(
        { host: "127.0.0.1", port, tokens: 0 },
        { token: () => {}, done: resolve },
      );
      connection.send("GET / HTTP/1.1\r\n\r\n");
    });
    expect(await outcome).toMatchObject({ error: "ECONNREFUSED" });
  });

  it("leaves a stream, which ends at the endpoint too", async () => {
    const { connection, ask, stamps } = connected(1_000);
    void ask("sim-tokens1000-every1");
    await expect.poll(() => stamps.length).toBeGreaterThan(3);
    expect(backend.counts().active).toBe(1);
    connection.leave();
    await expect.poll(() => backend.counts().active).toBe(0);
  });
});
