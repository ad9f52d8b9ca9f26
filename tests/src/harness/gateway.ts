import type { Clock } from "@olla-ts/core/ports";
import { createRecordingLogger, type LogLine } from "@olla-ts/core/testing";
import { compose } from "@olla-ts/server/compose";
import { prepare, type GatewaySetup } from "@olla-ts/server/compose-setup";
import { loadConfig } from "@olla-ts/server/config/load";
import { systemClock } from "@olla-ts/server/system-clock";

import { parseLogLines, withWorkers } from "./workers.ts";

/** A whole gateway on a free port of this machine. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly log: readonly LogLine[];
  /** Asks `/internal/status` and gives the part of one endpoint. */
  readonly endpoint: (name: string) => Promise<Readonly<Record<string, unknown>>>;
  /** Puts another configuration in force, in YAML. */
  readonly reload: (config: string) => Promise<void>;
  /** Accepts nothing more; resolves with whether every request ended within the time. */
  readonly drain: (timeoutMs: number) => Promise<boolean>;
  /** Ends one of several serving threads at once. */
  readonly terminateWorker: (index: number) => Promise<void>;
}

export interface TestGatewayOptions {
  /** YAML, as a user writes it. */
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether every endpoint has to be probed and listed before the test goes on. Default true. */
  readonly ready?: boolean;
  /** Default: real time. */
  readonly clock?: Clock;
}

const READY_WAIT_MS = 10_000;

/** Starts the real wiring, with the real clock unless told otherwise; only the log is kept in memory. */
export async function startGateway({
  config,
  env = {},
  cwd = process.cwd(),
  ready = true,
  clock = systemClock,
}: TestGatewayOptions): Promise<TestGateway> {
  // The time of a test is that of the main thread alone.
  const threaded = clock === systemClock ? withWorkers(env) : env;
  const read = (text: string): GatewaySetup =>
    prepare(loadConfig({ path: "config.yaml", text }, threaded), { env: threaded, cwd });
  const lines: LogLine[] = [];
  const gateway = await compose(
    { ...read(config), simulated: false },
    {
      log: createRecordingLogger(lines),
      writeLines: (text) => lines.push(...parseLogLines(text)),
      clock,
      random: Math.random,
      fetch: globalThis.fetch,
      version: "0.0.0",
    },
  );
  let hasEndedThread = false;
  const url = await gateway.listen("127.0.0.1", 0);
  if (ready) await gateway.firstRound(READY_WAIT_MS);
  return {
    url,
    log: lines,
    async endpoint(name) {
      const response = await fetch(`${url}/internal/status`);
      const document = (await response.json()) as { endpoints: Record<string, unknown>[] };
      const found = document.endpoints.find((one) => one["name"] === name);
      if (found === undefined) throw new Error(`the status shows no endpoint "${name}"`);
      return found;
    },
    reload: (text) => gateway.reload({ ...read(text), simulated: false }),
    drain: gateway.drain,
    terminateWorker(index) {
      hasEndedThread = true;
      return gateway.terminateWorker(index);
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      if (!hasEndedThread) requireLivingThreads(lines);
    },
  };
}

/** A thread that died by itself resets connections, which a test would see and could not explain. */
function requireLivingThreads(lines: readonly LogLine[]): void {
  const end = lines.find(({ message }) => message === "Serving thread ended");
  if (end !== undefined) throw new Error("a serving thread died", { cause: end.fields });
}

/** How a test's gateway differs from the defaults. */
export interface ConfigOptions {
  readonly engine?: string;
  readonly balancer?: string;
  /** Further lines below `proxy:`, indented by two blanks. */
  readonly proxy?: string;
  /** Further top-level sections. */
  readonly more?: string;
  /** Further lines below `server:`, indented by two blanks. */
  readonly server?: string;
  /** Value of `server.rate_limits` in braces. Default: no limits. */
  readonly rateLimits?: string;
  /** Further lines below `discovery:`, indented by two blanks. */
  readonly discovery?: string;
  /** Of health probes. Default: every second, 900 ms at most. */
  readonly checks?: { readonly interval: string; readonly timeout: string };
  /** Priorities by backend name. */
  readonly priorities?: Readonly<Record<string, number>>;
  /** Further keys of endpoints by backend name, one line each: `preserve_path: true`. */
  readonly endpoints?: Readonly<Record<string, readonly string[]>>;
}

/** A configuration with the simulated backends as its endpoints, without rate limits. */
export function configFor(
  backends: readonly Readonly<Record<"name" | "url" | "kind", string>>[],
  {
    engine = "olla",
    balancer = "least-connections",
    proxy = "",
    more = "",
    server = "",
    rateLimits = "{ global_requests_per_minute: 0, per_ip_requests_per_minute: 0 }",
    discovery = "",
    checks = { interval: "1s", timeout: "900ms" },
    priorities = {},
    endpoints: keys = {},
  }: ConfigOptions = {},
): string {
  const endpoints = backends.map(
    ({ name, url, kind }) => `
      - name: ${name}
        url: ${url}
        type: ${kind}
        priority: ${priorities[name] ?? 100}
        check_interval: ${checks.interval}
        check_timeout: ${checks.timeout}${(keys[name] ?? []).map((line) => `\n        ${line}`).join("")}`,
  );
  return `
server:
  host: 127.0.0.1
  rate_limits: ${rateLimits}
${server}
proxy:
  engine: ${engine}
  load_balancer: ${balancer}
${proxy}
discovery:
${discovery}
  static:
    endpoints:${endpoints.length === 0 ? " []" : endpoints.join("")}
${more}`;
}

/** Resolves when the condition holds; asks again and again, at most `seconds`. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`the condition did not come true within ${seconds} s`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
