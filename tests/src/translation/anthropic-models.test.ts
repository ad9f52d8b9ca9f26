import { NotFoundError } from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES } from "../harness/anthropic.ts";
import { postJson, send } from "../harness/http-client.ts";
import { startWorld } from "../harness/world.ts";

const IDS = ["birch:3b", "elm:1b", "oak:7b", "pine:7b", "team/yew:2b"];
const LIST = "/olla/anthropic/v1/models";

function start(): ReturnType<typeof startWorld<"left" | "right">> {
  return startWorld({
    left: { kind: "vllm", models: IDS.slice(0, 3) },
    right: { kind: "ollama", models: IDS.slice(2) },
  });
}

describe("models of the Anthropic API", () => {
  it("TR-59 HP-61 lists the models of all backends once, in the API's shape", async () => {
    await using world = await start();
    const page = await anthropicClient(world.url).models.list();
    expect(page.data.map(({ id }) => id).toSorted()).toEqual(IDS);
    expect(page.has_more).toBe(false);
    expect(page.first_id).toBe(page.data[0]?.id);
    expect(page.last_id).toBe(page.data.at(-1)?.id);
    for (const { type, id, display_name: name, created_at: at } of page.data) {
      expect({ type, name }).toEqual({ type: "model", name: id });
      expect(new Date(at).toISOString()).toBe(at);
    }
  });

  it("TR-59 gives the same list in the same order every time", async () => {
    await using world = await start();
    const first = await send(world.url, { path: LIST });
    expect((await send(world.url, { path: LIST })).text).toBe(first.text);
  });

  it("TR-59 hands out pages that the client follows to the end", async () => {
    await using world = await start();
    const client = anthropicClient(world.url);
    const all = (await client.models.list()).data.map(({ id }) => id);
    const first = await client.models.list({ limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual(all.slice(0, 2));
    expect(first.has_more).toBe(true);
    const walked: string[] = [];
    for await (const { id } of client.models.list({ limit: 2 })) walked.push(id);
    expect(walked).toEqual(all);
  });

  it("TR-59 goes back from a model with before_id", async () => {
    await using world = await start();
    const client = anthropicClient(world.url);
    const all = (await client.models.list()).data.map(({ id }) => id);
    const page = await client.models.list({ limit: 2, before_id: all[3] ?? "" });
    expect(page.data.map(({ id }) => id)).toEqual(all.slice(1, 3));
    expect(page.has_more).toBe(true);
  });

  it.each(["limit=0", "limit=1001", "limit=two", "after_id=ash", "before_id=ash"])(
    "TR-59 answers 400 in the API's shape to %s",
    async (query) => {
      await using world = await start();
      const { status, headers, text } = await send(world.url, { path: `${LIST}?${query}` });
      expect(status).toBe(400);
      const { request_id: requestId, ...body } = JSON.parse(text) as Record<string, unknown>;
      const [name = ""] = query.split("=");
      const message = expect.stringMatching(new RegExp(`^${name}: must be`)) as unknown;
      expect(body).toEqual({ type: "error", error: { type: "invalid_request_error", message } });
      expect(requestId).toBe(headers["request-id"]);
    },
  );

  it("TR-59 retrieves one model, also one whose name holds a slash", async () => {
    await using world = await start();
    const client = anthropicClient(world.url);
    expect(await client.models.retrieve("oak:7b")).toMatchObject({ type: "model", id: "oak:7b" });
    expect((await client.models.retrieve("team/yew:2b")).id).toBe("team/yew:2b");
  });

  it("TR-59 says with not_found_error and a request id that a model is not known", async () => {
    await using world = await start();
    const failure = await anthropicClient(world.url)
      .models.retrieve("ash:1b")
      .catch((error: unknown) => error);
    if (!(failure instanceof NotFoundError)) throw failure;
    expect(failure.type).toBe("not_found_error");
    expect(failure.error).toMatchObject({ request_id: failure.requestID });
  });

  it("leaves out the models of an endpoint that does not answer", async () => {
    await using world = await start();
    await world.backends.left.kill();
    const body = { model: "birch:3b", max_tokens: 1, messages: [{ role: "user", content: "x" }] };
    await postJson(world.url, MESSAGES, body);
    const page = await anthropicClient(world.url).models.list();
    expect(page.data.map(({ id }) => id).toSorted()).toEqual(IDS.slice(2));
  });

  it("gives the same request id header with every list", async () => {
    await using world = await start();
    const { headers } = await send(world.url, { path: LIST });
    expect(headers["request-id"]).toMatch(/\S/);
    expect(headers["request-id"]).toBe(headers["x-olla-request-id"]);
  });

  it("TR-6 has none of its routes when it is switched off", async () => {
    const more = "translators: { anthropic: { enabled: false } }";
    await using world = await startWorld({ only: { models: IDS } }, { more });
    const body = { model: "oak:7b", max_tokens: 1, messages: [{ role: "user", content: "x" }] };
    expect((await postJson(world.url, MESSAGES, body)).status).toBe(404);
    expect((await postJson(world.url, `${MESSAGES}/count_tokens`, body)).status).toBe(404);
    expect((await send(world.url, { path: LIST })).status).toBe(404);
    expect((await send(world.url, { path: `${LIST}/oak:7b` })).status).toBe(404);
  });
});
