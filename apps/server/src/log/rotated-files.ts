import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** Which rotated files stay. */
export interface Retention {
  /** Most of them; 0 for all. */
  readonly maxBackups: number;
  /** Age at which one goes; 0 for never. */
  readonly maxAgeMs: number;
}

const ROTATED = /^olla-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}\.log(?:\.gz)?$/;
const UNFINISHED = /^olla-.*\.log\.gz\.part$/;

/** Name under which the log of until now is kept: `olla-2026-01-02T03-04-05.678.log`. */
export function rotatedName(at: number): string {
  return `olla-${new Date(at).toISOString().replaceAll(":", "-").replace("Z", "")}.log`;
}

/**
 * Compresses rotated files that are not yet, also those that an earlier process
 * left, and removes what is too old or too many.
 */
export async function tidyRotated(
  directory: string,
  { maxBackups, maxAgeMs }: Retention,
  now: number,
): Promise<void> {
  const names = await readdir(directory);
  for (const name of names) if (UNFINISHED.test(name)) await unlink(join(directory, name));
  const rotated = names
    .filter((name) => ROTATED.test(name))
    .toSorted()
    .toReversed();
  for (const [index, name] of rotated.entries()) {
    const path = join(directory, name);
    const isSurplus = maxBackups > 0 && index >= maxBackups;
    const isOld = maxAgeMs > 0 && now - (await stat(path)).mtimeMs > maxAgeMs;
    if (isSurplus || isOld) await unlink(path);
    else if (!name.endsWith(".gz")) await compress(path);
  }
}

async function compress(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(part));
  await rename(part, `${path}.gz`);
  await unlink(path);
}
