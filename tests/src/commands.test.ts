import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { configFor, until } from "./harness/gateway.ts";
import {
  makeFolder,
  runProgram,
  startProgram,
  startRunning,
  takePort,
  type End,
  type Folder,
  type RunningGateway,
} from "./harness/program.ts";

const MODEL = "llama3.2:3b";

let folder: Folder;

beforeEach(() => {
  folder = makeFolder();
});

afterEach(() => {
  folder[Symbol.dispose]();
});

function olla(...args: readonly string[]): Promise<End> {
  return runProgram(args, { cwd: folder.path });
}

describe("commands against a running gateway", () => {
  let backend: SimulatedBackend;
  let home: Folder;
  let gateway: RunningGateway;

  beforeAll(async () => {
    home = makeFolder();
    backend = await startBackend({ kind: "ollama", name: "desk", models: [MODEL] });
    const taken = await takePort();
    const away = { name: "away", kind: "vllm", url: `http://127.0.0.1:${taken.port}` };
    await taken[Symbol.asyncDispose]();
    home.write("config.yaml", configFor([backend, away]));
    gateway = await startRunning([], { cwd: home.path });
    await until(async () => {
      const status = await fetch(`${gateway.url}/internal/status/models`);
      return (await status.text()).includes(MODEL);
    });
    await until(async () => {
      const status = await fetch(`${gateway.url}/internal/status`);
      return (await status.text()).includes("connection refused");
    });
  }, 60_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
    home[Symbol.dispose]();
  });

  it("status shows a table without colours off a terminal, and exits 0", async () => {
    const { status, stdout, stderr } = await olla("status", "--url", gateway.url);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^olla \S+ at http:\S+: \w+, up /);
    expect(stdout).toMatch(/^ENDPOINT +STATUS +TYPE /m);
    expect(stdout).toMatch(/^desk +healthy +ollama +100 +1 /m);
    expect(stdout).toMatch(/^away +offline +vllm .*unavailable: connection refused$/m);
    expect(stdout).not.toContain("\u001B");
  });

  it("colours what is forced to have colours", async () => {
    const { stdout } = await runProgram(["status", "--url", gateway.url], {
      cwd: folder.path,
      env: { FORCE_COLOR: "1" },
    });
    expect(stdout).toContain("\u001B[32mhealthy\u001B[0m");
  });

  it("finds the gateway by host and port of the configuration", async () => {
    const { port } = new URL(gateway.url);
    folder.write("config.yaml", `server: { host: 127.0.0.1, port: ${port} }`);
    expect((await olla("status")).status).toBe(0);
  });

  it("models shows who has which model", async () => {
    const { status, stdout } = await olla("models", "--url", gateway.url);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^MODEL +READY +.*ENDPOINTS\nllama3\.2:3b +yes +.*desk\n$/);
  });

  it.each(["status", "models", "explain"])("%s prints JSON for scripts", async (command) => {
    const words = command === "explain" ? [MODEL] : [];
    const { stdout } = await olla(command, ...words, "--url", gateway.url, "--json");
    expect(JSON.parse(stdout)).toBeTypeOf("object");
  });

  it("explain tells who wins, why, and what kept the others out", async () => {
    const { status, stdout } = await olla("explain", MODEL, "--url", gateway.url);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^goes to desk \(least-connections\), nobody else; /m);
    expect(stdout).toMatch(/^desk +winner +ollama +healthy +0 in flight$/m);
    expect(stdout).toMatch(
      /^away +left out +vllm +offline +.*connection refused {2}\[discovery\.static\.endpoints\[1\]\.url\]$/m,
    );
  });

  it("explain reads a real body from a file, and its path", async () => {
    const file = folder.write("request.json", JSON.stringify({ model: MODEL, messages: [] }));
    const path = "/olla/vllm/v1/chat/completions";
    const request = ["--body", file, "--path", path];
    const { status, stdout } = await olla("explain", ...request, "--url", gateway.url);
    expect(status).toBe(4);
    expect(stdout).toContain("refused with 503");
    expect(stdout).toContain("type ollama is not vllm");
  });

  it("explain exits 4 when nobody can serve the request", async () => {
    const { status, stdout } = await olla("explain", "none", "--url", gateway.url);
    expect(status).toBe(4);
    expect(stdout).toContain("refused with 404 model_not_found");
  });

  it("explain says what is wrong with a path", async () => {
    const request = ["m", "--path", "/v1/chat"];
    const { status, stderr } = await olla("explain", ...request, "--url", gateway.url);
    expect(status).toBe(1);
    expect(stderr).toContain("write one such as /olla/openai/v1/chat/completions");
  });

  it("explain --offline needs no gateway: it reads the configuration and asks the endpoints", async () => {
    folder.write("config.yaml", configFor([backend]));
    const { status, stdout, stderr } = await olla("explain", MODEL, "--offline");
    expect(stderr).toBe("asking 1 endpoint(s) …\n");
    expect(stdout).toMatch(/^desk +winner +ollama +healthy/m);
    expect(status).toBe(0);
    const sent = backend.requests.filter(({ method }) => method === "POST");
    expect(sent).toEqual([]);
  });
});

describe("commands without a gateway", () => {
  it.each([["status"], ["models"], ["explain", "m"]])("%s exits 3", async (...args) => {
    await using taken = await takePort();
    const url = `http://127.0.0.1:${taken.port}`;
    await taken[Symbol.asyncDispose]();
    const { status, stdout, stderr } = await olla(...args, "--url", url);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr).toMatch(/^olla: no gateway answers at http:\S+ \(ECONNREFUSED\); start one/);
  });

  it("explain exits 2 without a model or a body", async () => {
    const { status, stderr } = await olla("explain");
    expect(status).toBe(2);
    expect(stderr).toContain("name a MODEL, or give a request with --body FILE");
  });
});

describe("olla init", () => {
  it("writes what answers, by its fingerprint, and refuses to replace a file without --force", async () => {
    await using vllm = await startBackend({ kind: "vllm", name: "v", models: [MODEL] });
    const words = ["init", "--url", vllm.url];
    const first = await olla(...words);
    expect(first).toMatchObject({ status: 0, stderr: "" });
    const { port } = new URL(vllm.url);
    expect(first.stdout).toMatch(new RegExp(`^vllm-127\\.0\\.0\\.1-${port} +vllm +http:`, "m"));
    const written = readFileSync(join(folder.path, "config.yaml"), "utf8");
    expect(written).toContain(`url: "${vllm.url}"\n        type: vllm`);
    expect((await olla("check", "--strict")).status).toBe(0);

    folder.write("config.yaml", "# mine");
    expect(await olla(...words)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "olla: config.yaml exists; --force replaces it, --output names another\n",
    });
    expect(readFileSync(join(folder.path, "config.yaml"), "utf8")).toBe("# mine");
    expect((await olla(...words, "--force")).status).toBe(0);
    expect(readFileSync(join(folder.path, "config.yaml"), "utf8")).toContain("type: vllm");
  });

  it("prints with --output -, and leaves the type open where nobody answers", async () => {
    const { status, stdout, stderr } = await olla("init", "-o", "-", "--url", "127.0.0.1:9");
    expect(status).toBe(0);
    expect(stderr).toBe("nobody known answers at http://127.0.0.1:9: type auto finds out later\n");
    expect(stdout).toContain('url: "http://127.0.0.1:9"\n        type: auto');
  });
});

describe("olla import", () => {
  it("converts LiteLLM to a configuration that passes, and says what was left out", async () => {
    folder.write(
      "litellm.yaml",
      `model_list:
  - model_name: house
    litellm_params: { model: ollama/llama3.1:8b, api_base: "http://10.0.0.21:11434" }
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: hunter2 }
general_settings: { master_key: hunter2 }
`,
    );
    const { status, stdout, stderr } = await olla("import", "litellm.yaml", "-o", "config.yaml");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: "Wrote config.yaml from litellm.yaml (litellm).\n",
    });
    expect(stderr).toBe(
      "model_list[1] (gpt-4o): left out: it has no api_base, so it is a cloud service\ngeneral_settings: left out\n",
    );
    expect((await olla("check", "--strict")).status).toBe(0);
    expect(statSync(join(folder.path, "config.yaml")).mode & 0o077).toBe(0);
  });

  it("takes a configuration of Olla as it is", async () => {
    const text = "# mine\nproxy: {load_balancer: priority}\n";
    folder.write("old.yaml", text);
    expect(await olla("import", "old.yaml")).toMatchObject({ status: 0, stdout: text, stderr: "" });
  });

  it("exits 1 when the result lacks something, and tells what", async () => {
    folder.write("swap.yaml", "models: {q: {cmd: x}}\napiKeys: ['${env.SWAP_KEY}']\n");
    const { status, stdout, stderr } = await olla("import", "swap.yaml");
    expect(status).toBe(1);
    expect(stdout).toContain("token: ${SWAP_KEY}");
    expect(stderr).toContain("the environment lacks SWAP_KEY; set it");
  });

  it.each([
    ["gone.yaml", "olla: cannot read gone.yaml (ENOENT)\n"],
    ["broken.yaml", "olla: error: broken.yaml:1:"],
  ])("exits 1 for %s", async (file, message) => {
    folder.write("broken.yaml", "a: [");
    const { status, stderr } = await olla("import", file);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("olla config", () => {
  it("shows values with their origin, and no secret", async () => {
    folder.write(
      "config.yaml",
      `server:
  port: 21999
discovery:
  static:
    endpoints:
      - url: "http://a:1/base?key=hunter2"
        type: vllm
        auth: { type: bearer, token: hunter2 }
        headers: { X-Key: hunter2, X-Other: "\${OTHER}" }
      - url: http://b:1
        type: vllm
        auth: { type: basic, username: hunter2, password: "\${P:-hunter2}" }
`,
    );
    const { status, stdout } = await runProgram(["config", "show"], {
      cwd: folder.path,
      env: { OLLA_PROXY_ENGINE: "sherpa" },
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^server\.port +config\.yaml:2 +21999$/m);
    expect(stdout).toMatch(/^proxy\.engine +OLLA_PROXY_ENGINE +"sherpa"$/m);
    expect(stdout).toMatch(/^proxy\.response_timeout +default +"15m"$/m);
    expect(stdout).toContain('{"X-Key":"(redacted)","X-Other":"${OTHER}"}');
    expect(stdout).not.toContain("hunter2");
    const json = await olla("config", "show", "--changed", "--json");
    expect(json.stdout).not.toContain("hunter2");
    expect(JSON.parse(json.stdout)).toContainEqual({
      key: "server.port",
      value: 21_999,
      origin: { kind: "file", file: "config.yaml", line: 2 },
    });
  });

  it("prints a JSON Schema", async () => {
    const { status, stdout } = await olla("config", "schema");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      properties: { server: { properties: { port: { type: "integer", default: 40_114 } } } },
    });
  });

  it("exits 1 with every mistake when the configuration has some", async () => {
    folder.write("config.yaml", "server: {port: 0}\n");
    const { status, stderr } = await olla("config", "show");
    expect(status).toBe(1);
    expect(stderr).toBe("olla: error: config.yaml:1:10: server.port: must be at least 1\n");
  });
});

describe("other commands", () => {
  it("simulate starts backends and ends with SIGTERM", async () => {
    await using program = startProgram(["simulate", "--port", "0", "--kind", "vllm"], {
      cwd: folder.path,
    });
    await until(() => program.output().includes("Configuration for olla:"));
    const [url = ""] = program.output().split(" ", 1);
    expect((await fetch(`${url}/v1/models`)).status).toBe(200);
    program.kill("SIGTERM");
    expect((await program.end).status).toBe(0);
  });

  it("simulate exits 2 for a wrong option, with its own name", async () => {
    const { status, stdout } = await olla("simulate", "--kind", "none");
    expect(status).toBe(2);
    expect(stdout).toMatch(/^olla simulate: Unknown kind none/);
  });

  it("help and completion print to stdout", async () => {
    expect((await olla("help", "explain")).stdout).toMatch(/^olla explain: where a request/);
    expect((await olla("completion", "fish")).stdout).toContain("complete -c olla");
  });
});
