import type { Logger } from "@olla-ts/core/ports";

import { prepare, type ServedSetup } from "../compose-setup.ts";
import type { Gateway } from "../compose.ts";
import { formatChange } from "../config/changes.ts";
import { loadConfig } from "../config/load.ts";
import { locateConfig, readAgain } from "../config/locate.ts";
import { ConfigError, formatProblem } from "../config/problem.ts";
import { reloadable } from "../config/reloadable.ts";
import type { CheckWorld } from "./check.ts";

export interface ReloadOptions {
  readonly gateway: Pick<Gateway, "reload">;
  /** In force at the start. */
  readonly setup: ServedSetup;
  readonly configPath: string | undefined;
  readonly strict: boolean;
  readonly world: Pick<CheckWorld, "env" | "cwd">;
  readonly log: Logger;
}

/**
 * Makes the function that reads the configuration again and puts it in force. It tells in the
 * log what changed, or why nothing did; a faulty configuration changes nothing. Never rejects;
 * several calls are carried out in turn.
 */
export function createReload({
  gateway,
  setup,
  configPath,
  strict,
  world,
  log,
}: ReloadOptions): (why: string) => Promise<void> {
  let current = setup;

  function read(): ServedSetup {
    const located =
      current.file === undefined
        ? locateConfig({ named: configPath, ...world })
        : readAgain(current.file, world.cwd);
    const next = prepare(loadConfig(located, world.env), world);
    if (strict && next.warnings.length > 0) throw new ConfigError(next.warnings);
    if (located !== undefined) return { ...next, simulated: false };
    log.info({}, "No configuration file found: the endpoints stay");
    return { ...next, endpoints: current.endpoints, simulated: current.simulated };
  }

  function tell(error: unknown): void {
    if (error instanceof ConfigError) {
      for (const problem of error.problems) log.error({}, formatProblem(problem));
    } else if (error instanceof RangeError) log.error({}, error.message);
    else log.error({ err: error }, "Configuration not readable");
    log.error({}, "Configuration not reloaded: the former one stays in force");
  }

  async function reload(why: string): Promise<void> {
    try {
      const next = read();
      const { config, changes, waiting } = reloadable(current.config, next.config);
      const effective = { ...next, config };
      await gateway.reload(effective);
      current = effective;
      for (const warning of next.warnings) log.warn({}, formatProblem(warning));
      for (const change of waiting) log.warn({}, `${formatChange(change)}: needs a restart`);
      log.info(
        { why, changes: changes.map((change) => formatChange(change)) },
        "Configuration reloaded",
      );
    } catch (error) {
      tell(error);
    }
  }

  let last = Promise.resolve();
  return (why) => {
    last = last.then(() => reload(why));
    return last;
  };
}
