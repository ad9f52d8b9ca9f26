import { readFileSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname } from "node:path";

import type { Clock, Logger } from "@olla-ts/core/ports";

export interface WatchFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told once the file has other contents than before. */
  readonly onChange: () => void;
}

/** Editors write in several steps: the file is read when it has been quiet for this long. */
const QUIET_MS = 250;

/** Watches the contents of one file, also when it is replaced by another of its name. */
export function watchFile({ path, clock, log, onChange }: WatchFileOptions): Disposable {
  let known = contentsOf(path);
  let timer: Disposable | undefined;
  const look = (): void => {
    const contents = contentsOf(path);
    // Gone for a moment while an editor replaces it; it may also be back to what it was.
    if (contents === undefined || contents === known) return;
    known = contents;
    onChange();
  };
  const folder = openFolder();
  folder?.on("error", (error) => log.warn({ err: error }, "Configuration file no longer watched"));

  function openFolder(): FSWatcher | undefined {
    try {
      return watch(dirname(path), { persistent: false }, (_event, name) => {
        if (name !== null && name !== basename(path)) return;
        timer?.[Symbol.dispose]();
        timer = clock.schedule(look, QUIET_MS);
      });
    } catch (error) {
      log.warn({ err: error }, "Configuration file not watched; SIGHUP reloads it");
      return undefined;
    }
  }

  return {
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      folder?.close();
    },
  };
}

function contentsOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
