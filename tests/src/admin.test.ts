import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { startWorld, type World } from "./harness/world.ts";

const TOKEN = "an-operator-has-this-token";
const PATH = "/internal/admin/endpoints";
const MODEL = "m1";
const OPTIONS = { more: `admin: { enabled: true, token: ${TOKEN} }` };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(
  url: string,
  method: string,
  path = "",
  { body, token = TOKEN }: { readonly body?: unknown; readonly token?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${url}${PATH}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Answer["body"] };
}

function messageOf({ body }: Answer): unknown {
  return (body["error"] as Record<string, unknown> | undefined)?.["message"];
}

async function servedBy(url: string): Promise<string | null> {
  const response = await chat(url, { model: MODEL });
  await response.text();
  return response.status === 200 ? response.headers.get("x-olla-endpoint") : null;
}

function described({ name, url, kind }: SimulatedBackend): object {
  return { name, url, type: kind, check_interval: "1s", check_timeout: "900ms" };
}

describe("endpoints at run time", () => {
  let world: World<"a">;
  let b: SimulatedBackend;

  beforeAll(async () => {
    world = await startWorld({ a: { models: [MODEL] } }, OPTIONS);
    b = await startBackend({ kind: "openai-compatible", name: "b", models: [MODEL] });
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
  });

  it("are added, drained, resumed and removed, and requests follow", async () => {
    const { url } = world;
    const added = await ask(url, "POST", "", { body: described(b) });
    expect(added).toMatchObject({ status: 201, body: { name: "b", origin: "admin" } });
    expect(added.headers.get("location")).toBe(`${PATH}/b`);
    await until(async () => (await servedBy(url)) === "b");

    expect(await ask(url, "POST", "/a/drain")).toMatchObject({
      status: 200,
      body: { name: "a", draining: true, origin: "file" },
    });
    for (let turn = 0; turn < 4; turn += 1) expect(await servedBy(url)).toBe("b");
    expect((await world.gateway.endpoint("a"))["issues"]).toContain("drained by an operator");

    expect(await ask(url, "POST", "/a/resume")).toMatchObject({ body: { draining: false } });
    await until(async () => (await servedBy(url)) === "a");

    expect(await ask(url, "DELETE", "/a")).toMatchObject({ status: 200, body: { removed: true } });
    for (let turn = 0; turn < 4; turn += 1) expect(await servedBy(url)).toBe("b");
    const { body } = await ask(url, "GET");
    expect(body["endpoints"]).toMatchObject([{ name: "b", status: "healthy", in_flight: 0 }]);

    // Brought back, and the other one gone again.
    const [back, gone] = [world.backends.a, "/b"];
    expect(await ask(url, "POST", "", { body: described(back) })).toMatchObject({ status: 201 });
    expect(await ask(url, "DELETE", gone)).toMatchObject({ status: 200 });
    await until(async () => (await servedBy(url)) === "a");
  });

  it("refuse whoever does not show the token, and tell nothing", async () => {
    for (const token of ["", "wrong", `${TOKEN}x`, TOKEN.slice(0, -1)]) {
      const answer = await ask(world.url, "GET", "", { token });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toContain("Bearer");
      expect(JSON.stringify(answer.body)).not.toContain('"a"');
    }
    const { status } = await ask(world.url, "DELETE", "/a", { token: "wrong" });
    expect(status).toBe(401);
    expect(await servedBy(world.url)).toBe("a");
  });

  it("say what is wrong with a request, and change nothing", async () => {
    const { url } = world;
    const same = await ask(url, "POST", "", { body: described(world.backends.a) });
    expect([same.status, messageOf(same)]).toEqual([409, expect.stringContaining('"a"')]);
    const faulty = await ask(url, "POST", "", { body: { name: "x", url: "nowhere", typ: "vllm" } });
    expect(faulty.status).toBe(400);
    expect(messageOf(faulty)).toMatch(/url: .*typ: unknown key/s);
    expect((await ask(url, "DELETE", "/x")).status).toBe(404);
    expect((await ask(url, "POST", "/x/drain")).status).toBe(404);
    const wrong = await ask(url, "PUT", "/a");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, DELETE"]);
    expect((await ask(url, "GET")).body["endpoints"]).toHaveLength(1);
  });

  it("keep the token and keys of endpoints out of the log and the documents", async () => {
    const { url, gateway } = world;
    const secret = "sk-of-a-backend";
    const keyed = { ...described(b), auth: { type: "bearer", token: secret } };
    await ask(url, "POST", "", { body: keyed });
    await until(() => b.requests.some((one) => one.headers.authorization === `Bearer ${secret}`));
    const documents = await Promise.all(
      ["/internal/status", "/internal/metrics", "/internal/status/endpoints"].map(async (path) =>
        (await fetch(url + path)).text(),
      ),
    );
    const told = JSON.stringify([documents, gateway.log, (await ask(url, "GET")).body]);
    await ask(url, "DELETE", "/b");
    expect(told).not.toContain(secret);
    expect(told).not.toContain(TOKEN);
  });
});

it("an endpoint that is removed ends the streams that it serves", async () => {
  const paced = { id: MODEL, tokens: 60, tokenIntervalMs: 20 };
  await using world = await startWorld({ a: { models: [paced] }, b: { models: [MODEL] } }, OPTIONS);
  await ask(world.url, "POST", "/b/drain");
  const response = await chat(world.url, { model: MODEL, stream: true });
  expect(response.headers.get("x-olla-endpoint")).toBe("a");
  await ask(world.url, "POST", "/b/resume");
  expect(await ask(world.url, "DELETE", "/a")).toMatchObject({ body: { in_flight: 1 } });
  expect(await servedBy(world.url)).toBe("b");
  expect(await readEvents(response)).toMatchObject({ status: 200, complete: true });
});

it("changes of operators outlast a reload of the file", async () => {
  await using world = await startWorld({ a: { models: [MODEL] }, b: { models: [MODEL] } }, OPTIONS);
  const { url, gateway, backends } = world;
  await using c = await startBackend({ kind: "openai-compatible", name: "c", models: [MODEL] });
  await ask(url, "DELETE", "/a");
  await ask(url, "POST", "/b/drain");
  await ask(url, "POST", "", { body: described(c) });
  const endpoints = Object.values(backends)
    .map(({ name, url: at, kind }) => `{ name: ${name}, url: "${at}", type: ${kind} }`)
    .join(", ");
  await gateway.reload(`
server: { rate_limits: { per_ip_requests_per_minute: 0 } }
proxy: { load_balancer: round-robin }
discovery: { static: { endpoints: [${endpoints}] } }
${OPTIONS.more}`);
  await until(async () => (await servedBy(url)) === "c");
  const { body } = await ask(url, "GET");
  expect(body["endpoints"]).toMatchObject([
    { name: "b", draining: true },
    { name: "c", draining: false },
  ]);
});

it("the routes are not there unless they are enabled", async () => {
  await using world = await startWorld({ a: {} });
  const response = await fetch(world.url + PATH, { headers: { Authorization: `Bearer ${TOKEN}` } });
  expect(response.status).toBe(404);
});

it("sessions of a removed endpoint are forgotten, whoever gets its place", async () => {
  await using world = await startWorld(
    { a: { models: [MODEL] }, b: { models: [MODEL] } },
    { ...OPTIONS, proxy: "  sticky_sessions: { enabled: true }" },
  );
  const { url } = world;
  const sessions = async (): Promise<unknown> => {
    const response = await fetch(`${url}/internal/stats/sticky`);
    return ((await response.json()) as Record<string, unknown>)["active_sessions"];
  };
  const headers = { "X-Olla-Session-ID": "one" };
  const first = await chat(url, { model: MODEL, headers });
  await first.text();
  expect(await sessions()).toBe(1);
  await ask(url, "DELETE", `/${String(first.headers.get("x-olla-endpoint"))}`);
  await until(async () => (await sessions()) === 0);
});
