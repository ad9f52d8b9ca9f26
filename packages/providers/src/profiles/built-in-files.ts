import { readdirSync, readFileSync } from "node:fs";

import { parse } from "yaml";

/** The same from `src/profiles` and from `dist/profiles`. */
const FOLDER = new URL("../../profiles/", import.meta.url);

/** Name and content of every profile that comes with this package, sorted. A bundle holds them instead. */
export function readBuiltInFiles(): readonly (readonly [file: string, document: unknown])[] {
  return readdirSync(FOLDER)
    .toSorted()
    .map((file) => [file, parse(readFileSync(new URL(file, FOLDER), "utf8"))]);
}
