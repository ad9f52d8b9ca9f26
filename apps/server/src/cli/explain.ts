import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { z } from "zod";

import { prepare } from "../compose-setup.ts";
import { compose } from "../compose.ts";
import { loadConfig } from "../config/load.ts";
import { locateConfig } from "../config/locate.ts";
import type { ConfigFile } from "../config/schema.ts";
import { createSilentLog } from "../log/silent-log.ts";
import { DEFAULT_TARGET, explanationDocument } from "../routes/explain.ts";
import { systemClock } from "../system-clock.ts";
import { readVersion } from "../version.ts";
import { askGateway, gatewayUrl, readDocument } from "./ask-gateway.ts";
import { CommandFailure, EXIT } from "./command-failure.ts";
import { explanationSchema, formatExplanation } from "./format-explanation.ts";
import { UsageError, type ExplainArguments } from "./parse-arguments.ts";
import type { CommandWorld } from "./world.ts";

/** Longest wait for the probes of an offline explanation. */
const PROBE_WAIT_MS = 10_000;

/** A request whose way is asked for. */
interface Request {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer<ArrayBuffer>;
}

/**
 * Where a request would go: asked of a running gateway, or found out offline.
 *
 * @returns the exit status: 4 when nobody can serve it
 * @throws CommandFailure
 */
export async function runExplain(args: ExplainArguments, world: CommandWorld): Promise<number> {
  const request = await toRequest(args, world);
  const document = args.offline
    ? await explainOffline(args, request, world)
    : await explainLive(args, request, world);
  const explanation = readDocument(explanationSchema, document);
  world.print(
    args.json
      ? `${JSON.stringify(document, undefined, 2)}\n`
      : formatExplanation(explanation, world),
  );
  return explanation.action === "rejected" ? EXIT.unservable : EXIT.ok;
}

async function toRequest(
  { model, bodyFile, path, session }: ExplainArguments,
  world: CommandWorld,
): Promise<Request> {
  const headers = {
    "content-type": "application/json",
    ...(session !== undefined && { "x-olla-session-id": session }),
  };
  const target = path ?? DEFAULT_TARGET;
  if (model === undefined && bodyFile === undefined)
    throw new UsageError("name a MODEL, or give a request with --body FILE");
  const body = bodyFile === undefined ? bodyFor(model ?? "") : await readRequest(bodyFile, world);
  return { target, headers, body };
}

/** A request that any dialect takes for a short conversation. */
function bodyFor(model: string): Buffer<ArrayBuffer> {
  const messages = [{ role: "user", content: "hello" }];
  return Buffer.from(JSON.stringify({ model, max_tokens: 16, messages }));
}

async function readRequest(
  file: string,
  { cwd, readStdin }: CommandWorld,
): Promise<Buffer<ArrayBuffer>> {
  if (file === "-") return Buffer.from(await readStdin());
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    throw new CommandFailure(`--body: cannot read ${file} (${codeOf(error)})`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function explainLive(
  args: ExplainArguments,
  { target, headers, body }: Request,
  world: CommandWorld,
): Promise<unknown> {
  const path = `/internal/route/explain?path=${encodeURIComponent(target)}`;
  return askGateway(gatewayUrl(args, world), { path, body, headers });
}

async function explainOffline(
  { configPath }: ExplainArguments,
  { target, headers, body }: Request,
  { env, cwd, warn }: CommandWorld,
): Promise<unknown> {
  const located = locateConfig({ named: configPath, env, cwd });
  if (located === undefined) {
    throw new CommandFailure("--offline needs a configuration; name one with --config FILE");
  }
  const setup = prepare(loadConfig(located, env), { env, cwd });
  await using gateway = await compose(
    { ...setup, config: inOneThread(setup.config), simulated: false },
    {
      log: createSilentLog(),
      clock: systemClock,
      random: Math.random,
      fetch: globalThis.fetch,
      version: readVersion(),
      writeLines: () => undefined,
    },
  );
  warn(`asking ${setup.endpoints.length} endpoint(s) …\n`);
  // Nothing else keeps the process from ending: nobody listens here.
  const awake = setInterval(() => undefined, PROBE_WAIT_MS);
  await gateway.firstRound(PROBE_WAIT_MS);
  clearInterval(awake);
  const question = { method: "POST", target, headers, body, clientAddress: "127.0.0.1" };
  // As the API writes it: what is undefined is absent.
  const document: unknown = JSON.parse(
    JSON.stringify(explanationDocument(gateway.explain(question))),
  );
  return z.record(z.string(), z.unknown()).parse(document);
}

/** Nobody is served, so there is nothing to share among threads. */
function inOneThread(config: ConfigFile): ConfigFile {
  return { ...config, server: { ...config.server, workers: 1 } };
}
