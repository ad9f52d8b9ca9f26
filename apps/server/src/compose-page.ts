import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { type PageFiles, readPageFiles } from "./dashboard/page-files.ts";

/** The page of the dashboard's package. A bundle holds it instead. */
export function readPage(): PageFiles {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("@olla-ts/dashboard/package.json");
  return readPageFiles(join(dirname(manifest), "dist"));
}
