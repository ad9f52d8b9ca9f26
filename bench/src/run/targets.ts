import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { localTargets } from "./local-targets.ts";
import { ollaConfig } from "./olla-config.ts";
import { haproxyConfig, litellmConfig, nginxConfig } from "./peer-configs.ts";
import type { Target } from "./target.ts";

const CHAT = "/v1/chat/completions";
export const OLLA_CHAT = "/olla/openai/v1/chat/completions";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const peers = join(repository, "bench", "peers");
/** What `npm start` starts, as it starts it. */
const bundle = join(repository, "dist", "bundle", "olla.cjs");
/** The same as modules: a profile tells their names. */
export const modules = join(repository, "apps", "server", "dist", "main.js");
const FLAGS = ["--max-semi-space-size=8"];
const portkey = join(peers, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");
const litellm = join(peers, ".venv", "bin", "litellm");

/** Where Debian puts programs that only services start. */
const SYSTEM_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"];

function isOnPath(program: string): boolean {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_DIRECTORIES];
  return directories.some((directory) => existsSync(join(directory, program)));
}

/** The gateway with one of its engines. @param program the file to start */
export function ollaTarget(
  engine: string,
  over: Partial<Target> = {},
  program: string = bundle,
): Target {
  return {
    name: `olla-ts-${engine}`,
    chatPath: OLLA_CHAT,
    isInstalled: () => existsSync(program),
    launch: (plan) => ({
      command: [process.execPath, ...FLAGS, program, "--config", join(plan.directory, "olla.yaml")],
      files: { "olla.yaml": ollaConfig(plan, engine) },
    }),
    ...over,
  };
}

export const direct: Target = {
  name: "direct",
  chatPath: CHAT,
  launch: undefined,
  isInstalled: () => true,
};

const builtIn: readonly Target[] = [
  direct,
  ollaTarget("olla"),
  ollaTarget("sherpa"),
  {
    name: "haproxy",
    chatPath: CHAT,
    isInstalled: () => isOnPath("haproxy"),
    launch: (plan) => ({
      command: ["haproxy", "-f", join(plan.directory, "haproxy.cfg")],
      files: { "haproxy.cfg": haproxyConfig(plan) },
      environment: { PATH: systemPath() },
    }),
  },
  {
    name: "nginx",
    chatPath: CHAT,
    isInstalled: () => isOnPath("nginx"),
    launch: (plan) => ({
      command: ["nginx", "-p", plan.directory, "-c", join(plan.directory, "nginx.conf")],
      files: { "nginx.conf": nginxConfig(plan) },
      environment: { PATH: systemPath() },
    }),
  },
  {
    name: "node-dispatch",
    chatPath: CHAT,
    isInstalled: () => true,
    launch: ({ port, endpoints }) => ({
      command: [
        process.execPath,
        fileURLToPath(new URL("../peers/dispatch.ts", import.meta.url)),
        `${port}`,
        ...endpoints.map(({ url }) => url),
      ],
    }),
    skip: ["W5"],
  },
  {
    name: "portkey",
    chatPath: CHAT,
    isInstalled: () => existsSync(portkey),
    launch: ({ port }) => ({
      command: [process.execPath, portkey, `--port=${port}`, "--headless"],
      environment: { NODE_ENV: "production" },
    }),
    headers: ({ endpoints }) => ({
      // One endpoint: it refuses all private addresses but 127.0.0.1.
      "x-portkey-provider": "openai",
      "x-portkey-custom-host": `${endpoints[0]?.url ?? ""}/v1`,
    }),
    // It answers 500 to streams without a pause.
    skip: ["W2", "W3", "W5", "W6", "W8"],
  },
  {
    name: "litellm",
    chatPath: CHAT,
    isInstalled: () => existsSync(litellm),
    launch: (plan) => ({
      command: [
        litellm,
        "--config",
        join(plan.directory, "litellm.yaml"),
        "--port",
        `${plan.port}`,
        "--host",
        "127.0.0.1",
        "--num_workers",
        "1",
      ],
      files: { "litellm.yaml": litellmConfig(plan) },
      environment: {
        LITELLM_LOCAL_MODEL_COST_MAP: "True",
        LITELLM_LOG: "ERROR",
        // Without keys, as the other programs: it listens to this machine alone.
        LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
      },
    }),
    skip: ["W3", "W5", "W6", "W8"],
  },
];

function systemPath(): string {
  return [process.env["PATH"] ?? "", ...SYSTEM_DIRECTORIES].join(delimiter);
}

/** Everything that can be measured, with what `targets.local.json` adds. */
export function allTargets(): readonly Target[] {
  return [...builtIn, ...localTargets(join(repository, "bench", "targets.local.json"))];
}

export function skips({ skip = [] }: Target, workload: string): boolean {
  return skip.some((name) => workload === name || workload.startsWith(`${name}-`));
}
