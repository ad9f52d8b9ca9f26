import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { CommandFailure } from "./command-failure.ts";
import type { CommandWorld } from "./world.ts";

/**
 * Writes a file that only its owner can read: a configuration may hold keys.
 *
 * @throws CommandFailure when it exists and may not be replaced, or cannot be written
 */
export function writeConfigFile(
  file: string,
  text: string,
  { cwd, force }: Pick<CommandWorld, "cwd"> & { readonly force: boolean },
): void {
  try {
    writeFileSync(resolve(cwd, file), text, { flag: force ? "w" : "wx", mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (code === "EEXIST") {
      throw new CommandFailure(`${file} exists; --force replaces it, --output names another`);
    }
    throw new CommandFailure(`cannot write ${file} (${code})`);
  }
}
