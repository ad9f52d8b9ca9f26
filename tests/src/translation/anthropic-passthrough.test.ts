import type { BackendKind } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question, WEATHER } from "../harness/anthropic.ts";
import { postJson, send } from "../harness/http-client.ts";
import { makeFolder } from "../harness/program.ts";
import { startScriptedWorld } from "../harness/scripted-world.ts";
import { startWorld, traffic, type World, type WorldOptions } from "../harness/world.ts";

const MODEL = "pine:7b";
const IMAGE = {
  type: "image",
  source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
} as const;

/** A profile of a server that speaks the Anthropic API natively. */
function profile(limitations: readonly string[]): string {
  return `
name: native
api:
  openai_compatible: true
  health_check_path: /v1/models
  model_discovery_path: /v1/models
  paths: [/v1/models, /v1/chat/completions]
  anthropic_support:
    enabled: true
    messages_path: /v1/messages
    token_count: true
    limitations: [${limitations.join(", ")}]
`;
}

describe.each(["olla", "sherpa"])("passthrough with engine %s", (engine) => {
  function start(kind: BackendKind, options: WorldOptions = {}): Promise<World<"only">> {
    return startWorld({ only: { kind, models: [MODEL] } }, { engine, ...options });
  }

  it("TR-47 HP-63 forwards the body byte by byte, unknown fields and all", async () => {
    await using world = await start("vllm");
    const body = `{ "max_tokens": 10,\n "tomorrow": [1.0, 9007199254740993], "model": "${MODEL}",
      "messages": [{"role":"user","content":"Gr\\u00fc\u00dfe"}], "stream": false }`;
    const answer = await send(world.url, {
      method: "POST",
      path: `${MESSAGES}?beta=true`,
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "files-api-2025-04-14",
      },
      body,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-olla-mode"]).toBe("passthrough");
    const [request] = traffic(world.backends.only);
    expect(request?.body.toString("utf8")).toBe(body);
    expect(request?.url).toBe("/v1/messages?beta=true");
    expect(request?.headers).toMatchObject({
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "files-api-2025-04-14",
    });
  });

  it("gives the answer back byte by byte, with its header fields", async () => {
    await using world = await startScriptedWorld({ engine, kind: "vllm" });
    const body = '{"type":"message",  "usage":{"input_tokens":1.0},"content":[]}';
    world.answerJson(body, 200, { "x-cluster": "north", "request-id": "req_backend" });
    const { text, headers } = await postJson(world.url, MESSAGES, question("scripted"));
    expect(text).toBe(body);
    expect(headers).toMatchObject({ "x-cluster": "north", "request-id": "req_backend" });
  });

  it("gives a stream back byte by byte", async () => {
    await using world = await startScriptedWorld({ engine, kind: "vllm" });
    const events =
      'event: message_start\ndata: {"type":"message_start",  "message":{"usage":{}}}\n\n' +
      ': comment\n\nevent: future\ndata: {"type":"future"}\n\n' +
      'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    world.answer((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(events);
    });
    const body = { ...question("scripted"), stream: true };
    expect((await postJson(world.url, MESSAGES, body)).text).toBe(events);
  });

  it("TR-51 HP-63 asks Docker Model Runner at its own path", async () => {
    await using world = await start("docker-model-runner");
    await anthropicClient(world.url).messages.create(question(MODEL));
    expect(traffic(world.backends.only).map(({ url }) => url)).toEqual(["/anthropic/v1/messages"]);
  });

  it("TR-48 changes nothing but the model's name for an alias", async () => {
    const more = `model_aliases: { claude-local: [${MODEL}] }`;
    await using world = await start("vllm", { more });
    const body =
      '{"messages":[{"role":"user","content":"hi"}],"model": "claude-local" ,"max_tokens":9}';
    const headers = { "content-type": "application/json" };
    const answer = await send(world.url, { method: "POST", path: MESSAGES, headers, body });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-olla-mode"]).toBe("passthrough");
    const [request] = traffic(world.backends.only);
    expect(request?.body.toString("utf8")).toBe(body.replace("claude-local", MODEL));
  });

  it("TR-48 has the real name of an alias in a translated request too", async () => {
    const more = `model_aliases: { claude-local: [${MODEL}] }`;
    await using world = await start("openai-compatible", { more });
    const message = await anthropicClient(world.url).messages.create(question("claude-local"));
    expect(message.stop_reason).toBe("end_turn");
    const [request] = traffic(world.backends.only);
    expect(JSON.parse(request?.body.toString("utf8") ?? "")).toMatchObject({ model: MODEL });
  });

  it("TR-50 is not done when it is switched off", async () => {
    const more = "translators: { anthropic: { passthrough_enabled: false } }";
    await using world = await start("vllm", { more });
    const { headers } = await postJson(world.url, MESSAGES, question(MODEL));
    expect(headers["x-olla-mode"]).toBe("translated");
    expect(traffic(world.backends.only).map(({ url }) => url)).toEqual(["/v1/chat/completions"]);
  });

  it("passes on what only a native backend can know", async () => {
    await using world = await startScriptedWorld({ engine, kind: "vllm" });
    world.answerJson({ type: "message" });
    const body = {
      ...question("scripted"),
      messages: [
        {
          role: "user",
          content: [{ type: "document", source: { type: "file", file_id: "file_1" } }],
        },
      ],
      tools: [{ type: "web_search_20250305", name: "web_search" }],
      tool_choice: { type: "tool", name: "web_search" },
    };
    expect((await postJson(world.url, MESSAGES, body)).status).toBe(200);
    expect(world.last().body).toEqual(body);
  });
});

async function modeOf(limitations: readonly string[], extra: object): Promise<unknown> {
  using folder = makeFolder();
  folder.write("native.yaml", profile(limitations));
  await using world = await startScriptedWorld({
    kind: "native",
    more: `profiles_dir: ${folder.path}`,
  });
  world.answer((response, { url }) => {
    const message = { content: "Yes." };
    const chat = { choices: [{ index: 0, message, finish_reason: "stop" }] };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(url === "/v1/messages" ? { type: "message" } : chat));
  });
  const body = { ...question("scripted"), ...extra };
  const { status, headers } = await postJson(world.url, MESSAGES, body);
  expect(status).toBe(200);
  return headers["x-olla-mode"];
}

describe("limitations of a native backend", () => {
  const CASES = [
    { limitation: "no_tool_use", extra: { tools: [WEATHER] } },
    { limitation: "no_vision", extra: { messages: [{ role: "user", content: [IMAGE] }] } },
    {
      limitation: "no_vision",
      extra: {
        messages: [
          { role: "user", content: "Look." },
          { role: "assistant", content: [{ type: "tool_use", id: "a", name: "see", input: {} }] },
          {
            role: "user",
            content: [{ type: "tool_result", tool_use_id: "a", content: [IMAGE] }],
          },
        ],
      },
    },
    {
      limitation: "no_extended_thinking",
      extra: { thinking: { type: "enabled", budget_tokens: 1_024 } },
    },
  ];

  it.each(CASES)("TR-49 $limitation has such requests translated, case %#", async (row) => {
    expect(await modeOf([row.limitation], row.extra)).toBe("translated");
    expect(await modeOf([row.limitation], {})).toBe("passthrough");
  });

  it.each(CASES)("are none of a request's business otherwise, case %#", async ({ extra }) => {
    expect(await modeOf([], extra)).toBe("passthrough");
  });

  it.each([{ thinking: { type: "disabled" } }, { tools: [] }])(
    "leave alone what %j does not ask for",
    async (extra) => {
      expect(await modeOf(["no_tool_use", "no_extended_thinking"], extra)).toBe("passthrough");
    },
  );
});
