import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Folder } from "../harness/program.ts";

/** Writes a file, and makes the folders that its name speaks of. */
export function writeBelow(folder: Folder, name: string, text: string): void {
  mkdirSync(join(folder.path, dirname(name)), { recursive: true });
  folder.write(name, text);
}
