import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { send } from "../harness/http-client.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const SECRETS = {
  authorization: "Bearer client-secret",
  "x-api-key": "client-secret",
  "x-auth-token": "client-secret",
  "proxy-authorization": "Basic client-secret",
  cookie: "session=client-secret",
};

describe.each([
  { kind: "openai-compatible", path: "/v1/chat/completions" },
  { kind: "vllm", path: "/v1/messages?beta=true" },
] as const)("what a $kind backend learns of an anthropic client", ({ kind, path }) => {
  function start(): Promise<World<"only">> {
    const only = ["auth: { type: bearer, token: endpoint-secret }"];
    return startWorld({ only: { kind, models: [MODEL] } }, { endpoints: { only } });
  }

  async function headersOf(world: World<"only">): Promise<Readonly<Record<string, unknown>>> {
    await send(world.url, {
      method: "POST",
      path: `${MESSAGES}?beta=true`,
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "one,two",
        "x-stainless-lang": "js",
        "x-conversation": "7",
        ...SECRETS,
      },
      body: JSON.stringify(question(MODEL)),
    });
    const [request] = traffic(world.backends.only);
    expect(request?.url).toBe(path);
    return request?.headers ?? {};
  }

  it("TR-45 is no credential, in place of which it gets that of its endpoint", async () => {
    await using world = await start();
    const headers = await headersOf(world);
    expect(JSON.stringify(headers)).not.toContain("client-secret");
    expect(headers).toMatchObject({
      authorization: "Bearer endpoint-secret",
      "x-conversation": "7",
    });
  });

  it("TR-45 is not the library's key, streamed or not", async () => {
    await using world = await start();
    const { messages } = anthropicClient(world.url);
    await messages.create(question(MODEL));
    await messages.stream(question(MODEL)).finalMessage();
    for (const { headers } of traffic(world.backends.only)) {
      expect(JSON.stringify(headers)).not.toContain("client-secret");
    }
  });

  it("TR-46 is its library and the API's version only where it speaks that API", async () => {
    await using world = await start();
    const headers = await headersOf(world);
    const bound = Object.keys(headers).filter((name) => /^(?:anthropic|x-stainless)-/.test(name));
    const wanted =
      kind === "vllm" ? ["anthropic-beta", "anthropic-version", "x-stainless-lang"] : [];
    expect(bound.toSorted()).toEqual(wanted);
  });

  it("TR-46 is which answer it can read: JSON without a coding, where the gateway reads it", async () => {
    await using world = await start();
    await anthropicClient(world.url).messages.create(question(MODEL));
    const [request] = traffic(world.backends.only);
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(request?.headers["content-length"]).toBe(String(request?.bodyBytes));
    const coding = kind === "vllm" ? /./ : /^identity$/;
    expect(request?.headers["accept-encoding"]).toMatch(coding);
  });
});

describe("what an anthropic client learns of a backend", () => {
  it.each(["openai-compatible", "vllm"] as const)(
    "TR-43 is never the address of one that is %s",
    async (kind) => {
      await using world = await startWorld({ only: { kind, models: [MODEL] } });
      const { port } = world.backends.only;
      const body = JSON.stringify(question(MODEL));
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", path: MESSAGES, headers, body };
      const answers = [await send(world.url, request)];
      await world.backends.only.setFault({ type: "status", status: 500 });
      answers.push(await send(world.url, request));
      await world.backends.only.setFault({ type: "bad-json" });
      answers.push(await send(world.url, request));
      await world.backends.only.kill();
      answers.push(await send(world.url, request), await send(world.url, request));
      for (const { text, rawHeaders } of answers) {
        expect(text + rawHeaders.join("\n")).not.toContain(String(port));
      }
      expect(answers.map(({ status }) => status)).toEqual(
        kind === "vllm" ? [200, 500, 200, 502, 503] : [200, 500, 502, 502, 503],
      );
    },
  );
});
