import { describe, expect, it } from "vitest";

import { configFor, startGateway, type TestGateway } from "./harness/gateway.ts";
import { postJson, send } from "./harness/http-client.ts";
import { startScriptedBackend, type ScriptedBackend } from "./harness/scripted-backend.ts";

const CHAT = "/olla/openai/v1/chat/completions";

interface Asked {
  readonly url: string;
  readonly agent: string;
  readonly key: string;
}

interface Recorded extends AsyncDisposable {
  readonly backend: ScriptedBackend;
  readonly asked: readonly Asked[];
}

/** A backend that writes down every request, those for its models and its health among them. */
async function startRecorded(prefix: string): Promise<Recorded> {
  const backend = await startScriptedBackend();
  const asked: Asked[] = [];
  backend.answer((request, response) => {
    const { url = "", headers } = request;
    asked.push({ url, agent: headers["user-agent"] ?? "", key: String(headers["api-key"]) });
    const isList = url.split("?", 1)[0] === `${prefix}/models`;
    const body = isList ? { object: "list", data: [{ id: "gpt", object: "model" }] } : {};
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(body));
  });
  return { backend, asked, [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose]() };
}

function startBefore(
  { backend: { name, url } }: Recorded,
  path: string,
  engine: string,
  keys: readonly string[] = [],
): Promise<TestGateway> {
  const config = configFor([{ name, url: url + path, kind: "openai" }], {
    engine,
    endpoints: { [name]: keys },
  });
  return startGateway({ config });
}

describe.each(["olla", "sherpa"])("the address of an endpoint with engine %s", (engine) => {
  it.each([
    { base: "/team/a", models: "/team/a/v1" },
    { base: "/openai/v1", models: "/openai/v1" },
  ])("PV-47 keeps its path $base in front of every request", async ({ base, models }) => {
    await using recorded = await startRecorded(models);
    await using gateway = await startBefore(recorded, base, engine);
    const answer = await postJson(gateway.url, `${CHAT}?x=1`, { model: "gpt", messages: [] });
    expect(answer.status, `got ${answer.text}`).toBe(200);
    expect(recorded.asked.at(-1)?.url).toBe(`${models}/chat/completions?x=1`);
    expect(recorded.asked.map(({ url }) => url)).toContain(`${models}/models`);
  });

  it("PV-67 attaches its key and its query parameters to every request, and shows neither", async () => {
    await using recorded = await startRecorded("/openai/v1");
    await using gateway = await startBefore(recorded, "/openai/v1", engine, [
      "auth: { type: api_key, header: api-key, key: k3y }",
      "query: { api-version: 2024-10-21, sig: s1gn }",
    ]);
    const path = `${CHAT}?x=1&api-version=mine`;
    const answer = await postJson(gateway.url, path, { model: "gpt", messages: [] });
    expect(answer.status, `got ${answer.text}`).toBe(200);
    const agents = recorded.asked.map(({ agent }) => agent.split("/", 1)[0]);
    expect(agents).toEqual(expect.arrayContaining(["olla-HealthChecker", "olla-Discovery"]));
    for (const { url, key } of recorded.asked) {
      expect(url).toMatch(/\?(?:x=1&)?api-version=2024-10-21&sig=s1gn$/);
      expect(key).toBe("k3y");
    }
    const status = await send(gateway.url, { path: "/internal/status" });
    expect(status.text + JSON.stringify([...gateway.log])).not.toMatch(/s1gn|k3y/);
  });
});
