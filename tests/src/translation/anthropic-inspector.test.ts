import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { until } from "../harness/gateway.ts";
import { postJson, send } from "../harness/http-client.ts";
import { type Folder, makeFolder } from "../harness/program.ts";
import { startWorld, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const SECRET = "client-secret";

type Entry = Readonly<Record<string, unknown>>;

describe.each(["olla", "sherpa"])("the inspector with engine %s", (engine) => {
  let folder: Folder;

  beforeEach(() => {
    folder = makeFolder();
  });

  afterEach(() => folder[Symbol.dispose]());

  function start(
    kind: "vllm" | "openai-compatible",
    keys = "enabled: true",
  ): Promise<World<"only">> {
    const inspector = `{ ${keys}, output_dir: ${folder.path}/seen }`;
    return startWorld(
      { only: { kind, models: [MODEL] } },
      { engine, more: `translators: { anthropic: { inspector: ${inspector} } }` },
    );
  }

  function seen(): string {
    return join(folder.path, "seen");
  }

  function onlyDay(): string {
    const days = readdirSync(seen());
    expect(days).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
    return join(seen(), days[0] ?? "");
  }

  /** Names of files, of whatever day. */
  function written(): readonly string[] {
    return readdirSync(seen()).flatMap((day) => readdirSync(join(seen(), day)));
  }

  /** The entries of a session, once there are as many. */
  async function entries(id: string, count: number): Promise<readonly Entry[]> {
    const lines = (): readonly string[] =>
      readFileSync(join(onlyDay(), `${id}.jsonl`), "utf8")
        .split("\n")
        .slice(0, -1);
    await until(() => existsSync(seen()) && written().includes(`${id}.jsonl`));
    await until(() => lines().length >= count);
    expect(lines()).toHaveLength(count);
    return lines().map((line) => JSON.parse(line) as Entry);
  }

  it("TR-60 writes a request and its translated reply to the file of the session", async () => {
    await using world = await start("openai-compatible");
    const headers = { "x-session-id": "talk-1", "x-api-key": SECRET };
    const answer = await postJson(world.url, MESSAGES, question(MODEL), headers);
    expect(answer.headers["x-olla-mode"]).toBe("translated");
    const ts = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown;
    expect(await entries("talk-1", 2)).toEqual([
      { type: "request", ts, model: MODEL, body: question(MODEL) },
      { type: "response", ts, model: MODEL, body: JSON.parse(answer.text) as unknown },
    ]);
    const day = onlyDay();
    expect(statSync(day).mode & 0o777).toBe(0o700);
    expect(statSync(join(day, "talk-1.jsonl")).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(day, "talk-1.jsonl"), "utf8");
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("talk-1");
  });

  it.each([
    { headers: { "x-request-id": "req-7" }, id: "req-7" },
    { headers: { "x-session-id": "../x" }, id: "default" },
    { headers: {}, id: "default" },
  ])("TR-60 names the file $id for $headers", async ({ headers, id }) => {
    await using world = await start("openai-compatible");
    await postJson(world.url, MESSAGES, question(MODEL), headers);
    await entries(id, 2);
    expect(written()).toEqual([`${id}.jsonl`]);
    expect(readdirSync(folder.path)).toEqual(["seen"]);
  });

  it("TR-60 takes the session from the configured header", async () => {
    await using world = await start("openai-compatible", "enabled: true, session_header: X-Talk");
    await postJson(world.url, MESSAGES, question(MODEL), { "x-talk": "a", "x-session-id": "b" });
    await entries("a", 2);
    expect(written()).toEqual(["a.jsonl"]);
  });

  it("TR-60 writes down a refused request with the error", async () => {
    await using world = await start("openai-compatible");
    const answer = await postJson(world.url, MESSAGES, { model: MODEL });
    expect(answer.status).toBe(400);
    expect(await entries("default", 2)).toMatchObject([
      { type: "request", body: { model: MODEL } },
      { type: "response", body: JSON.parse(answer.text) as unknown },
    ]);
  });

  it("TR-60 writes nothing of other requests", async () => {
    await using world = await start("openai-compatible");
    await postJson(world.url, `${MESSAGES}/count_tokens`, question(MODEL));
    await postJson(world.url, "/olla/openai/v1/chat/completions", question(MODEL));
    await send(world.url, { path: "/olla/anthropic/v1/models" });
    await postJson(world.url, MESSAGES, question(MODEL));
    await entries("default", 2);
    expect(written()).toEqual(["default.jsonl"]);
  });

  it("TR-60 writes nothing unless it is switched on", async () => {
    const world = await start("openai-compatible", "session_header: X-Talk");
    expect((await postJson(world.url, MESSAGES, question(MODEL))).status).toBe(200);
    await world[Symbol.asyncDispose]();
    expect(existsSync(seen())).toBe(false);
  });

  it("TR-60 serves on when the folder cannot be written to, and warns", async () => {
    writeFileSync(seen(), "a file");
    await using world = await start("openai-compatible");
    const answers = [1, 2].map(() => postJson(world.url, MESSAGES, question(MODEL)));
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    const warnings = (): readonly string[] =>
      world.gateway.log
        .filter(({ fields }) => fields["component"] === "inspector")
        .map(({ level, message }) => `${level} ${message}`);
    await until(() => warnings().length > 0);
    // Once for each thread that meets it.
    expect(new Set(warnings())).toEqual(new Set(["warn Inspection entry not written"]));
  });

  it("TR-61 writes a reply that is passed through", async () => {
    await using world = await start("vllm");
    const answer = await postJson(world.url, MESSAGES, question(MODEL));
    expect(answer.headers["x-olla-mode"]).toBe("passthrough");
    expect(await entries("default", 2)).toMatchObject([
      { type: "request", body: question(MODEL) },
      { type: "response", model: MODEL, body: JSON.parse(answer.text) as unknown },
    ]);
  });

  it.each(["vllm", "openai-compatible"] as const)(
    "TR-61 writes a stream as the message that it makes, from %s",
    async (kind) => {
      await using world = await start(kind);
      const stream = anthropicClient(world.url).messages.stream(question(MODEL));
      const message = await stream.finalMessage();
      const [request, response] = await entries("default", 2);
      expect(request).toMatchObject({ type: "request", body: { stream: true } });
      expect(response).toMatchObject({
        type: "response",
        body: {
          id: message.id,
          role: "assistant",
          content: message.content.map((block) =>
            block.type === "text" ? { type: "text", text: block.text } : block,
          ),
          stop_reason: "end_turn",
        },
      });
      expect(response).not.toHaveProperty("truncated");
    },
  );

  it("TR-61 has written what waits when the gateway has stopped", async () => {
    const world = await start("vllm");
    await postJson(world.url, MESSAGES, question(MODEL));
    await world[Symbol.asyncDispose]();
    const text = readFileSync(join(onlyDay(), "default.jsonl"), "utf8");
    expect(text.split("\n").slice(0, -1)).toHaveLength(2);
  });
});
