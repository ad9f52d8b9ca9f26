import { execFileSync } from "node:child_process";

import { ROOT } from "./places.ts";

/** Builds what these tests install and start. */
export function setup(): void {
  for (const tool of ["pack-all", "build-executable"]) {
    execFileSync(process.execPath, [`tools/${tool}.mjs`], { cwd: ROOT, stdio: "pipe" });
  }
}
