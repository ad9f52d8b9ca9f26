import { toBoolean } from "../config/read-value.ts";

/**
 * Whether text is coloured: `NO_COLOR` of any value forbids it, `FORCE_COLOR` asks
 * for it unless it is `0`, then `OLLA_FORCE_COLORS` decides, then the terminal.
 */
export function wantsColour(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (env["NO_COLOR"] !== undefined) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0";
  return toBoolean(env["OLLA_FORCE_COLORS"]) === true || isTerminal;
}
