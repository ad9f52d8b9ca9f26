import { findBackends } from "../compose-local-backends.ts";
import { prepare } from "../compose-setup.ts";
import { compose } from "../compose.ts";
import { loadConfig } from "../config/load.ts";
import { locateConfig } from "../config/locate.ts";
import { ConfigError, formatProblem } from "../config/problem.ts";
import { drain } from "../http/drain.ts";
import { createLog } from "../log/create-log.ts";
import { listen } from "../serve.ts";
import { systemClock } from "../system-clock.ts";
import { readVersion } from "../version.ts";
import type { CheckWorld } from "./check.ts";
import { formatSummary } from "./summary.ts";

export interface ServeWorld extends CheckWorld {
  readonly isTerminal: boolean;
  readonly coloured: boolean;
  /** Calls back on every request to stop. */
  readonly onStop: (stop: () => void) => void;
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
  { configPath, strict }: { readonly configPath: string | undefined; readonly strict: boolean },
  world: ServeWorld,
): Promise<number> {
  const { env, cwd, isTerminal, coloured, print } = world;
  const located = locateConfig({ named: configPath, env, cwd });
  const loaded = loadConfig(located, env);
  const { config } = loaded;
  const setup = prepare(loaded, { env, cwd });
  if (strict && setup.warnings.length > 0) throw new ConfigError(setup.warnings);
  const { log, flush, asText } = createLog({ logging: config.logging, isTerminal, coloured, env });
  for (const warning of setup.warnings) log.warn({}, formatProblem(warning));

  const stop = stopRequest(world.onStop);
  await using found =
    located === undefined ? await findBackends({ signal: stop.signal }) : undefined;
  if (stop.signal.aborted) return 0;
  await using gateway = await compose(
    {
      ...setup,
      ...(found !== undefined && { endpoints: found.endpoints }),
      simulated: found?.simulated ?? false,
    },
    {
      log,
      clock: systemClock,
      random: Math.random,
      fetch: globalThis.fetch,
      version: readVersion(),
    },
  );
  const address = await listen(gateway.server, config.server.host, config.server.port);
  log.info({ address, config: loaded.file, simulated: found?.simulated ?? false }, "Listening");

  if (found?.simulated === true) log.warn({}, "No backend found: a simulated fleet answers");
  const summarised = printSummary();
  await stop.requested;
  await summarised;
  log.info({ timeout_ms: config.server.shutdown_timeout }, "Draining");
  gateway.beginDrain();
  const complete = await Promise.race([
    drain(gateway.server, systemClock, config.server.shutdown_timeout),
    stop.insisted.then(() => false),
  ]);
  if (!complete) log.warn({}, "Stopped with requests in flight");
  else log.info({}, "Stopped");
  await flush();
  return 0;

  /** For people on a terminal; otherwise one record of the log. */
  async function printSummary(): Promise<void> {
    await Promise.race([gateway.firstRound(SUMMARY_WAIT_MS), stop.requested]);
    const summary = {
      ...gateway.describe(),
      address,
      source: sourceOf(loaded.file, found?.simulated ?? false),
      warnings: setup.warnings.map((one) => formatProblem(one)),
    };
    if (asText) print(formatSummary(summary, coloured));
    else log.info(summary, "Ready");
  }
}

function sourceOf(file: string | undefined, simulated: boolean): string {
  if (file !== undefined) return file;
  const backends = simulated ? "a simulated fleet" : "the backends found on this machine";
  return `none found; built-in defaults with ${backends}`;
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
