import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Files of the built page, as they are delivered. */
export interface PageFiles {
  /** Where they come from. */
  readonly place: string;
  /** By the path below the mount; none when there is no such place. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Reads a folder and what is below it into memory. */
export function readPageFiles(place: string): PageFiles {
  const files = new Map<string, Buffer>();
  try {
    for (const entry of readdirSync(place, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      files.set(relative(place, file).split(sep).join("/"), readFileSync(file));
    }
  } catch {
    return { place, files: new Map() };
  }
  return { place, files };
}
