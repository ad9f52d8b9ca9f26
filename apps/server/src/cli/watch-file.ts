import { readFileSync, realpathSync, watch, type FSWatcher } from "node:fs";
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
/** How soon it is looked whether a folder that is gone has come back. */
const RETURN_MS = 5_000;

/**
 * Watches the contents of one file, also when it is replaced by another of its name, and where
 * links lead to it: any of them may be set to another place.
 */
export function watchFile({ path, clock, log, onChange }: WatchFileOptions): Disposable {
  let known = contentsOf(path);
  let folders = new Map<string, FSWatcher>();
  let looking: Disposable | undefined;
  let returning: Disposable | undefined;
  watchFolders();

  /** A folder of the same name may be another one by now, so each is opened again. */
  function watchFolders(): void {
    const former = folders;
    folders = new Map();
    for (const folder of new Set([dirname(path), folderOfTarget(path)])) open(folder);
    for (const watcher of former.values()) watcher.close();
    returning?.[Symbol.dispose]();
    returning = folders.has(dirname(path)) ? undefined : clock.schedule(look, RETURN_MS);
  }

  function open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => lookSoon(name));
      folders.set(
        folder,
        watcher.on("error", () => lookSoon(null)),
      );
    } catch (error) {
      // Told once, not at every look for its return.
      if (returning !== undefined) return;
      log.warn({ err: error }, "Configuration file not watched; SIGHUP reloads it");
    }
  }

  /** Whatever changed: a link on the way to the file has another name than the file. */
  function lookSoon(name: string | null): void {
    // A file beside it that never is quiet, such as a log, must not put the look off for ever.
    if (looking !== undefined && name !== basename(path)) return;
    looking?.[Symbol.dispose]();
    looking = clock.schedule(look, QUIET_MS);
  }

  function look(): void {
    looking?.[Symbol.dispose]();
    looking = undefined;
    // Before the contents are read: what changes after that is an event again.
    watchFolders();
    const contents = contentsOf(path);
    // Gone for a moment while an editor replaces it; it may also be back to what it was.
    if (contents === undefined || contents === known) return;
    known = contents;
    onChange();
  }

  return {
    [Symbol.dispose]() {
      looking?.[Symbol.dispose]();
      returning?.[Symbol.dispose]();
      for (const watcher of folders.values()) watcher.close();
    },
  };
}

/** Where the file itself is, behind all links; the folder of the first one when it is gone. */
function folderOfTarget(path: string): string {
  try {
    return dirname(realpathSync(path));
  } catch {
    return dirname(path);
  }
}

function contentsOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
