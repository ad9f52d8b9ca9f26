import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { postJson } from "../harness/http-client.ts";
import { realConfig } from "../harness/real-config.ts";
import { startLlama, type RealServer } from "../harness/real-servers.ts";

const KEY = "a-key-for-this-test";
const CHAT = "/olla/openai/v1/chat/completions";
const REQUEST = { model: "tiny", messages: [{ role: "user", content: "hi" }] };

const servers = new Map<string, RealServer>();

beforeAll(async () => {
  servers.set("keyed", await startLlama("keyed", "alpha", { apiKey: KEY }));
  // Below a prefix llama.cpp asks for the key on its health path too.
  const both = { apiKey: KEY, prefix: "/base/one" };
  servers.set("keyed and prefixed", await startLlama("both", "alpha", both));
  servers.set("prefixed", await startLlama("prefixed", "alpha", { prefix: "/base" }));
});

afterAll(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

function serverOf(kind: string): RealServer {
  const server = servers.get(kind);
  if (server === undefined) throw new Error(`no server that is ${kind}`);
  return server;
}

describe.each(["olla", "sherpa"])("engine %s", (engine) => {
  describe.each(["keyed", "prefixed", "keyed and prefixed"])(
    "before a server that is %s",
    (kind) => {
      let server: RealServer;
      let gateway: TestGateway;

      beforeEach(async () => {
        server = serverOf(kind);
        gateway = await startGateway({ config: realConfig([server], { engine }) });
      });

      afterEach(async () => {
        await gateway[Symbol.asyncDispose]();
      });

      it("finds it healthy and lists its model", async () => {
        expect((await gateway.endpoint(server.name))["status"]).toBe("healthy");
        const response = await fetch(`${gateway.url}/olla/openai/v1/models`);
        expect(await response.json()).toMatchObject({ data: [{ id: "tiny" }] });
      });

      it("chats without a key of the client's", async () => {
        const answer = await postJson(gateway.url, CHAT, REQUEST);
        expect(answer.status).toBe(200);
        expect(answer.text).toContain("I am alpha and this answer is mine.");
      });

      it("streams", async () => {
        const answer = await postJson(gateway.url, CHAT, { ...REQUEST, stream: true });
        expect(answer.status).toBe(200);
        expect(answer.text).toMatch(/data: \[DONE\]\n\n$/);
      });

      it("puts its own key in the place of the client's", async () => {
        const headers = { authorization: "Bearer the-client's-own" };
        const answer = await postJson(gateway.url, CHAT, REQUEST, headers);
        expect(answer.status).toBe(200);
      });

      it("keeps the key from the client and from the log", async () => {
        const answer = await postJson(gateway.url, CHAT, REQUEST);
        expect(answer.rawHeaders.join("\n") + answer.text).not.toContain(KEY);
        expect(JSON.stringify(gateway.log)).not.toContain(KEY);
      });
    },
  );

  it("passes a 401 of a server on when the configuration has no key for it", async () => {
    const open = { ...serverOf("keyed"), apiKey: undefined };
    await using gateway = await startGateway({ config: realConfig([open], { engine }) });
    const answer = await postJson(gateway.url, "/olla/llamacpp/v1/chat/completions", {
      messages: REQUEST.messages,
    });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain("authentication_error");
  });
});
