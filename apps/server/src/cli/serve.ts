import { resolve } from "node:path";

import type { Logger } from "@olla-ts/core/ports";

import { findBackends } from "../compose-local-backends.ts";
import { prepare } from "../compose-setup.ts";
import { compose } from "../compose.ts";
import { loadConfig } from "../config/load.ts";
import { locateConfig } from "../config/locate.ts";
import { ConfigError, formatProblem } from "../config/problem.ts";
import { createLog } from "../log/create-log.ts";
import { watchProcess } from "../log/process-figures.ts";
import { systemClock } from "../system-clock.ts";
import { readVersion } from "../version.ts";
import type { CheckWorld } from "./check.ts";
import { openProfiler } from "./open-profiler.ts";
import { createReload } from "./reload.ts";
import { formatSummary } from "./summary.ts";
import { watchFile } from "./watch-file.ts";

export interface ServeWorld extends CheckWorld {
  readonly isTerminal: boolean;
  readonly coloured: boolean;
  /** Calls back on every request to stop. */
  readonly onStop: (stop: () => void) => void;
  /** Calls back on every request to read the configuration again. */
  readonly onReload: (reload: () => void) => void;
}

/** What `olla serve` is told. */
export interface ServeCommand {
  readonly configPath: string | undefined;
  /** Whether warnings count as errors. */
  readonly strict: boolean;
  /** Whether node's inspector is opened. */
  readonly profile: boolean;
}

/** Longest wait for the first probes before the start-up summary is printed. */
const SUMMARY_WAIT_MS = 3_000;

/**
 * Runs the gateway until it is asked to stop. The port opens before the first
 * probes are back; requests in flight at the end may finish.
 *
 * @returns the exit status
 * @throws ConfigError when the configuration prevents a start; with `strict` warnings do so too
 */
export async function runServe(
  { configPath, strict, profile }: ServeCommand,
  world: ServeWorld,
): Promise<number> {
  const { env, cwd, isTerminal, coloured, print } = world;
  const reloads = reloadRequests(world.onReload);
  const located = locateConfig({ named: configPath, env, cwd });
  const loaded = loadConfig(located, env);
  const { config } = loaded;
  const setup = prepare(loaded, { env, cwd });
  if (strict && setup.warnings.length > 0) throw new ConfigError(setup.warnings);
  const opened = createLog({ logging: config.logging, isTerminal, coloured, env });
  const { log, early, flush, asText, writeLines } = opened;
  early.debug({ file: loaded.file, variables: loaded.overrides }, "Configuration read");
  for (const warning of setup.warnings) early.warn({}, formatProblem(warning));
  using watch = config.engineering.show_nerdstats ? watchProcess() : undefined;
  using _profiler = profile ? startProfiler(log) : undefined;

  const stop = stopRequest(world.onStop);
  await using found =
    located === undefined ? await findBackends({ signal: stop.signal }) : undefined;
  if (stop.signal.aborted) return 0;
  const served = {
    ...setup,
    endpoints: found?.endpoints ?? setup.endpoints,
    simulated: found?.simulated ?? false,
  };
  await using gateway = await compose(served, {
    log,
    clock: systemClock,
    random: Math.random,
    fetch: globalThis.fetch,
    version: readVersion(),
    writeLines,
  });
  const reload = createReload({
    gateway,
    setup: served,
    configPath,
    strict,
    world: { env, cwd },
    log,
  });
  reloads.serve(reload);
  using _watched =
    loaded.file === undefined || !config.server.watch_config
      ? undefined
      : watchFile({
          path: resolve(cwd, loaded.file),
          clock: systemClock,
          log,
          onChange: () => void reload("file changed"),
        });
  const address = await gateway.listen(config.server.host, config.server.port);
  const { workers } = gateway.describe();
  log.info({ address, workers, config: loaded.file, simulated: served.simulated }, "Listening");

  if (served.simulated) log.warn({}, "No backend found: a simulated fleet answers");
  const summarised = printSummary();
  await stop.requested;
  await summarised;
  log.info({ timeout_ms: config.server.shutdown_timeout }, "Draining");
  gateway.beginDrain();
  const complete = await Promise.race([
    gateway.drain(config.server.shutdown_timeout),
    stop.insisted.then(() => false),
  ]);
  if (!complete) log.warn({}, "Stopped with requests in flight");
  else log.info({}, "Stopped");
  if (watch !== undefined) log.info(watch.figures(), "Process figures");
  await flush();
  return 0;

  /** For people on a terminal; otherwise one record of the log. */
  async function printSummary(): Promise<void> {
    await Promise.race([gateway.firstRound(SUMMARY_WAIT_MS), stop.requested]);
    const summary = {
      ...gateway.describe(),
      address,
      source: sourceOf(loaded.file, served.simulated),
      warnings: setup.warnings.map((one) => formatProblem(one)),
    };
    if (asText) print(formatSummary(summary, coloured));
    else log.info(summary, "Ready");
  }
}

function startProfiler(log: Logger): Disposable {
  const profiler = openProfiler();
  if (profiler.address === undefined) log.warn({}, "Profiler port is taken");
  else log.warn({ address: profiler.address }, "Profiler is open to programs of this machine");
  return profiler;
}

function sourceOf(file: string | undefined, simulated: boolean): string {
  if (file !== undefined) return file;
  const backends = simulated ? "a simulated fleet" : "the backends found on this machine";
  return `none found; built-in defaults with ${backends}`;
}

/** Requests to read the configuration again; one that comes before the gateway can is kept. */
function reloadRequests(onReload: ServeWorld["onReload"]): {
  readonly serve: (reload: (why: string) => Promise<void>) => void;
} {
  let isWaiting = false;
  let serving: ((why: string) => Promise<void>) | undefined;
  onReload(() => {
    if (serving === undefined) isWaiting = true;
    else void serving("SIGHUP");
  });
  return {
    serve(reload) {
      serving = reload;
      if (isWaiting) void reload("SIGHUP");
    },
  };
}

/** A first request to stop, and a second one from somebody who does not want to wait. */
function stopRequest(onStop: ServeWorld["onStop"]): {
  readonly requested: Promise<void>;
  /** Aborted by the first request. */
  readonly signal: AbortSignal;
  readonly insisted: Promise<void>;
} {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const controller = new AbortController();
  let requests = 0;
  onStop(() => {
    requests += 1;
    if (requests > 1) second.resolve();
    else {
      first.resolve();
      controller.abort();
    }
  });
  return { requested: first.promise, signal: controller.signal, insisted: second.promise };
}
