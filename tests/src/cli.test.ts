import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { findBackends } from "@olla-ts/server/compose-local-backends";
import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { configFor, until } from "./harness/gateway.ts";
import { makeFolder, runProgram, startRunning, takePort, type Folder } from "./harness/program.ts";

const MODEL = "llama3.2:3b";

let folder: Folder;

beforeEach(() => {
  folder = makeFolder();
});

afterEach(() => {
  folder[Symbol.dispose]();
});

describe("olla on the command line", () => {
  it("prints its version and exits 0", async () => {
    const { status, stdout, stderr } = await runProgram(["--version"], { cwd: folder.path });
    expect(stdout).toMatch(/^olla \S+ \(node \S+, \w+\/\w+\)\n$/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("prints its help and exits 0", async () => {
    const { status, stdout } = await runProgram(["--help"], { cwd: folder.path });
    expect(stdout).toContain("Usage\n");
    expect(status).toBe(0);
  });

  it("exits 2 for an unknown flag, with a hint on stderr", async () => {
    const { status, stdout, stderr } = await runProgram(["--confg", "a"], { cwd: folder.path });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toBe(
      "olla: unknown flag --confg; did you mean --config?\nRun olla --help for what there is.\n",
    );
  });

  it.each([
    { title: "-c", args: ["-c", "gone.yaml"], env: {} },
    { title: "OLLA_CONFIG_FILE", args: [], env: { OLLA_CONFIG_FILE: "gone.yaml" } },
  ])("CF-5 exits 1 and names the file when that of $title is missing", async ({ args, env }) => {
    folder.write("config.yaml", "");
    const { status, stderr } = await runProgram(args, { cwd: folder.path, env });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^olla: error: gone\.yaml: no such file/);
  });

  it("CF-6 CF-10 exits 1 with line and column for YAML that is broken, whatever else is there", async () => {
    folder.write("config.yaml", "server:\n  port: 1\n  port: 2\n");
    folder.write("default.yaml", "");
    const { status, stdout, stderr } = await runProgram([], { cwd: folder.path });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toBe(
      "olla: error: config.yaml:3:3: Map keys must be unique; remove one of the two\n",
    );
  });

  it("C2 exits 1 and tells of every bad key at once", async () => {
    folder.write(
      "config.yaml",
      "server: {port: 0}\nproxy: {engine: zzz}\nmodel_aliases: {a: []}\n",
    );
    const { status, stderr } = await runProgram([], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr.split("\n").map((line) => line.slice(0, line.indexOf(": ", 30)))).toEqual([
      "olla: error: config.yaml:1:10: server.port",
      "olla: error: config.yaml:2:9: proxy.engine",
      "olla: error: config.yaml:3:17: model_aliases.a",
      "",
    ]);
  });

  it("C1 exits 1 for a warning when it is told to be strict", async () => {
    folder.write("config.yaml", "server: {prot: 1}");
    const { status, stderr } = await runProgram(["--strict"], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'olla: warning: config.yaml:1:10: server.prot: unknown key, ignored; did you mean "port"?\n',
    );
  });

  it("CF-50 checks a configuration without opening its port", async () => {
    await using taken = await takePort();
    folder.write("config.yaml", `server: {host: 127.0.0.1, port: ${taken.port}}`);
    const { status, stdout } = await runProgram(["check"], { cwd: folder.path });
    expect(stdout).toBe(
      "[OK] config.yaml: 1 endpoint(s)\nResult: PASS (0 error(s), 0 warning(s))\n",
    );
    expect(status).toBe(0);
  });

  it("C2 checks everything, prints every problem and exits 1", async () => {
    folder.write(
      "config.yaml",
      `server: {port: 0, prot: 1}
discovery: {static: {endpoints: [{name: a}, {url: 'http://b', auth: {type: bearer, token: '\${NONE}'}}]}}
`,
    );
    const { status, stdout } = await runProgram(["--validate-config"], { cwd: folder.path });
    expect(stdout.split("\n")).toEqual([
      "[FAIL] config.yaml:1:10: server.port: must be at least 1",
      "[FAIL] config.yaml:2:34: discovery.static.endpoints[0].url: is missing; write url: http://host:port",
      "[FAIL] config.yaml:2:84: discovery.static.endpoints[1].auth.token: the environment lacks NONE; set it, or write ${NAME:-fallback}",
      '[WARN] config.yaml:1:19: server.prot: unknown key, ignored; did you mean "port"?',
      "Result: FAIL (3 error(s), 1 warning(s))",
      "",
    ]);
    expect(status).toBe(1);
  });

  it("CF-54 exits 1 and names host and port when another program has the port", async () => {
    await using taken = await takePort();
    folder.write(
      "config.yaml",
      `server: {host: 127.0.0.1, port: ${taken.port}}\ndiscovery: {static: {endpoints: []}}`,
    );
    const { status, stderr } = await runProgram([], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toContain(
      `cannot listen on 127.0.0.1:${taken.port}: another program uses the port`,
    );
  });

  it("CF-7 serves a simulated fleet where nothing is configured or found, and says so", async ({
    skip,
  }) => {
    await using found = await findBackends({ signal: new AbortController().signal });
    skip(!found.simulated, "a backend runs on a well-known port of this machine");
    await using gateway = await startRunning([], { cwd: folder.path });
    await until(() => gateway.output().includes('"Ready"'));
    expect(gateway.output()).toContain("No backend found: a simulated fleet answers");
    const models = await (await fetch(`${gateway.url}/olla/openai/v1/models`)).text();
    expect(models).toContain(MODEL);
    const response = await chat(gateway.url);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-olla-endpoint")).toMatch(/^demo-/);
  });
});

describe.each(["olla", "sherpa"])("stopping with engine %s", (engine) => {
  let backend: SimulatedBackend;

  async function startWith(
    model: { readonly tokens: number; readonly tokenIntervalMs: number },
    server: string,
  ): Promise<Awaited<ReturnType<typeof startRunning>>> {
    backend = await startBackend({
      kind: "openai-compatible",
      name: "slow",
      models: [{ id: MODEL, ...model }],
    });
    const config = configFor([backend], { engine }).replace("server:\n", `server:\n  ${server}\n`);
    folder.write("config.yaml", config);
    const gateway = await startRunning([], { cwd: folder.path });
    await until(() => gateway.output().includes('"Ready"'));
    return gateway;
  }

  afterEach(async () => {
    await backend[Symbol.asyncDispose]();
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "RT-78 CF-55 on %s lets a stream end, refuses new connections meanwhile and exits 0",
    async (signal) => {
      await using gateway = await startWith(
        { tokens: 20, tokenIntervalMs: 100 },
        "shutdown_timeout: 10s",
      );
      const { rest } = await startStream(gateway.url);
      gateway.kill(signal);
      await until(async () => !(await accepts(gateway.url)));
      const streamed = backend.requests.find(({ method }) => method === "POST");
      expect(streamed?.tokensSent, "the stream is still under way").toBeLessThan(20);

      const { events, complete } = await rest;
      expect(complete).toBe(true);
      expect(events.at(-1)).toBe("[DONE]");
      const { status, stdout } = await gateway.end;
      expect(status).toBe(0);
      expect(stdout).toContain('"msg":"Stopped"');
    },
  );

  it("RT-79 with shutdown_timeout 1s cuts a longer request after 1 s, and says so", async () => {
    await using gateway = await startWith(
      { tokens: 200, tokenIntervalMs: 50 },
      "shutdown_timeout: 1s",
    );
    const { rest } = await startStream(gateway.url);
    const asked = performance.now();
    gateway.kill("SIGTERM");
    const { complete, events } = await rest;
    expect(complete).toBe(false);
    expect(events).not.toContain("[DONE]");
    const { status, stdout, at } = await gateway.end;
    expect(at - asked).toBeGreaterThan(950);
    expect(at - asked, "the request would have taken 10 s").toBeLessThan(5_000);
    expect(stdout, "C26").toContain("Stopped with requests in flight");
    expect(status).toBe(0);
  });

  it("does not wait for first probes that are still out", async () => {
    backend = await startBackend({ kind: "openai-compatible", name: "silent" });
    await backend.setFault({ type: "hang", on: "everything" });
    const patient = configFor([backend], { engine })
      .replace("check_interval: 1s", "check_interval: 60s")
      .replace(/check_timeout: \d+ms/, "check_timeout: 30s");
    folder.write("config.yaml", patient);
    await using gateway = await startRunning([], { cwd: folder.path });
    const asked = performance.now();
    gateway.kill("SIGTERM");
    const { status, at } = await gateway.end;
    expect(status).toBe(0);
    expect(at - asked, "the summary would have waited 3 s").toBeLessThan(2_000);
  });

  it("C26 ends at once on a second SIGTERM", async () => {
    await using gateway = await startWith(
      { tokens: 600, tokenIntervalMs: 50 },
      "shutdown_timeout: 60s",
    );
    const { rest } = await startStream(gateway.url);
    gateway.kill("SIGTERM");
    await until(() => gateway.output().includes('"Draining"'));
    const asked = performance.now();
    gateway.kill("SIGTERM");
    expect((await rest).complete).toBe(false);
    const { status, stdout, at } = await gateway.end;
    expect(at - asked, "the request would have taken 30 s").toBeLessThan(10_000);
    expect(stdout).toContain("Stopped with requests in flight");
    expect(status).toBe(0);
  });
});

describe("what a running gateway writes", () => {
  let backend: SimulatedBackend;

  beforeEach(async () => {
    backend = await startBackend({ kind: "openai-compatible", name: "first", models: [MODEL] });
  });

  afterEach(async () => {
    await backend[Symbol.asyncDispose]();
  });

  /** Serves one request with this end of the configuration, stops, and gives all output. */
  async function outputOf(
    more: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ stdout: string; stderr: string }> {
    folder.write("config.yaml", configFor([backend], { more }));
    await using gateway = await startRunning([], { cwd: folder.path, env });
    await until(async () => (await chat(gateway.url)).status === 200);
    gateway.kill("SIGTERM");
    return await gateway.end;
  }

  it("C24 is one JSON object a line, with a zoned timestamp, a level and a message", async () => {
    const { stdout, stderr } = await outputOf("logging: {level: debug}\nbogus: 1");
    expect(stderr).toBe("");
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: expect.stringMatching(/^(DEBUG|INFO|WARN|ERROR)$/),
        msg: expect.stringMatching(/\S/),
      });
      expect(line.match(/"timestamp":/g)).toHaveLength(1);
    }
  });

  it("C1 CF-9 warns of an unknown key with the one that was meant, and serves", async () => {
    const { stdout } = await outputOf("modell_aliases: {}");
    const warning = stdout.split("\n").find((line) => line.includes("modell_aliases"));
    expect(JSON.parse(warning ?? "")).toMatchObject({
      level: "WARN",
      msg: expect.stringMatching(
        /^config\.yaml:\d+:1: modell_aliases: unknown key, ignored; did you mean "model_aliases"\?$/,
      ),
    });
  });

  it("CF-14 C20 warns of a variable that cannot be read, and serves", async () => {
    const { stdout } = await outputOf("", { OLLA_PROXY_READ_TIMEOUT: "soon" });
    expect(stdout).toContain("OLLA_PROXY_READ_TIMEOUT: ");
    expect(stdout).toContain("; the variable is ignored");
  });

  it("CF-47 is text with OLLA_LOGGING_FORMAT=text, without colours off a terminal", async () => {
    const { stdout } = await outputOf("", { OLLA_LOGGING_FORMAT: "text" });
    expect(stdout).toMatch(/^\d{4}-\S+Z INFO {2}Listening address=http:/m);
    expect(stdout).toMatch(/^olla \S+ listening on http:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).not.toContain("\u001B");
  });

  it("CF-49 has no line about requests at level error", async () => {
    const { stdout } = await outputOf("logging: {level: error}");
    expect(stdout).toBe("");
  });

  it("CF-48 goes to stdout and a file with output file", async () => {
    const { stdout } = await outputOf("logging: {output: file}");
    const file = readFileSync(join(folder.path, "logs/olla.log"), "utf8");
    expect(file).toBe(stdout);
    expect(file).toContain('"Listening"');
  });

  it("OLLA_FILE_OUTPUT=true asks for the file too, OLLA_LOG_DIR says where", async () => {
    const { stdout } = await outputOf("", { OLLA_FILE_OUTPUT: "true", OLLA_LOG_DIR: "own/logs" });
    expect(readFileSync(join(folder.path, "own/logs/olla.log"), "utf8")).toBe(stdout);
  });

  it("exits 1 and says what to do when the file cannot be written", async () => {
    folder.write("taken", "");
    folder.write("config.yaml", configFor([backend], { more: "logging: {output: file}" }));
    const env = { OLLA_LOG_DIR: "taken/logs" };
    const { status, stderr } = await runProgram([], { cwd: folder.path, env });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^olla: error: logging\.output: cannot write olla\.log in "taken\/logs"/,
    );
  });

  it("OLLA_LOG_LEVEL sets the level of records about the configuration alone", async () => {
    const debug = await outputOf("logging: {level: error}\nbogus: 1", { OLLA_LOG_LEVEL: "debug" });
    const lines = debug.stdout.trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: "DEBUG", msg: "Configuration read", file: "config.yaml" },
      { level: "WARN", msg: expect.stringContaining("bogus") },
    ]);
    expect(debug.stdout).toContain("OLLA_SERVER_PORT");
    const quiet = await outputOf("bogus: 1", { OLLA_LOG_LEVEL: "error" });
    expect(quiet.stdout).not.toContain('"msg":"config.yaml');
  });

  it.each([
    ["CF-53 OLLA_SHOW_NERD_STATS=1", "", { OLLA_SHOW_NERD_STATS: "1" }],
    ["engineering.show_nerdstats", "engineering: {show_nerdstats: true}", {}],
  ])("%s reports memory and event loop at the end", async (_, more, env) => {
    const { stdout } = await outputOf(more, env);
    const last: unknown = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({
      msg: "Process figures",
      rss_mib: expect.any(Number),
      gc_count: expect.any(Number),
      event_loop_delay_p99_ms: expect.any(Number),
    });
  });

  it("ends without such a report otherwise", async () => {
    expect((await outputOf("")).stdout).not.toContain("Process figures");
  });

  it("opens the inspector to this machine alone when asked to profile", async () => {
    const { stdout } = await outputOf("", { OLLA_ENABLE_PROFILER: "true" });
    expect(stdout).toMatch(/Profiler (?:is open|port is taken)/);
    expect(stdout).not.toMatch(/ws:\/\/(?!127\.0\.0\.1:19841)/);
  });

  it("C25 makes no file unless it is asked to", async () => {
    await outputOf("");
    expect(existsSync(join(folder.path, "logs"))).toBe(false);
  });

  it("CF-36 CF-37 never holds a secret, while the backend gets it", async () => {
    const token = folder.write("token", "hunter2-file\n");
    folder.write(
      "config.yaml",
      `server: {rate_limits: {per_ip_requests_per_minute: 0}}
logging: {level: debug}
discovery:
  static:
    endpoints:
      - url: ${backend.url}
        name: first
        type: openai-compatible
        auth: {type: bearer, token_file: "${token}"}
        headers: {X-Extra: "\${EXTRA}"}
      - url: http://127.0.0.1:9
        name: away
        type: vllm
        auth: {type: basic, username: hunter2-user, password: hunter2-password}
`,
    );
    const env = { EXTRA: "hunter2-extra" };
    await using gateway = await startRunning([], { cwd: folder.path, env });
    const headers = { authorization: "Bearer hunter2-client", cookie: "s=hunter2-cookie" };
    const path = "/olla/openai/v1/chat/completions?api_key=hunter2-query";
    await until(async () => (await chat(gateway.url, { headers, path })).status === 200);
    await chat(gateway.url, { headers, path, model: "none" });
    const status = await (await fetch(`${gateway.url}/internal/status/endpoints`)).text();
    gateway.kill("SIGTERM");
    const { stdout, stderr } = await gateway.end;

    const request = backend.requests.find(({ method }) => method === "POST");
    expect(request?.headers).toMatchObject({
      authorization: "Bearer hunter2-file",
      "x-extra": "hunter2-extra",
    });
    const encoded = Buffer.from("hunter2-user:hunter2-password").toString("base64");
    for (const text of [stdout, stderr, status]) {
      expect(text).not.toContain("hunter2");
      expect(text).not.toContain(encoded);
    }
  });
});

/** Resolves when the first bytes of a stream are here; `rest` when the stream has ended. */
async function startStream(url: string): Promise<{ rest: ReturnType<typeof readEvents> }> {
  const response = await chat(url, { stream: true });
  const first = Promise.withResolvers<void>();
  const watched = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        first.resolve();
        controller.enqueue(chunk);
      },
    }),
  );
  const rest = readEvents(new Response(watched ?? null, { status: response.status }));
  await Promise.race([first.promise, rest]);
  return { rest };
}

/** Whether a connection can be opened. */
async function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
