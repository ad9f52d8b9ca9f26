/**
 * Makes one executable file of the gateway and the Node.js that runs this:
 * dist/executable/olla, which needs nothing beside it.
 *
 *   pnpm build:executable
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { inject } from "postject";

import { nodeFlags } from "./node-flags.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = join(root, "dist", "bundle");
const output = join(root, "dist", "executable");
const executable = join(output, "olla");
const blob = join(output, "olla.blob");
const settings = join(output, "sea.json");

execFileSync(process.execPath, [join(root, "tools/build-bundle.mjs")], { stdio: "inherit" });
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const sea = {
  main: join(bundle, "olla.cjs"),
  output: blob,
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  execArgv: nodeFlags,
  assets: { "worker.cjs": join(bundle, "worker.cjs") },
};
writeFileSync(settings, JSON.stringify(sea));
execFileSync(process.execPath, ["--experimental-sea-config", settings], {
  stdio: ["ignore", "ignore", "inherit"],
});
copyFileSync(process.execPath, executable);
await inject(executable, "NODE_SEA_BLOB", readFileSync(blob), {
  // Node.js looks for this text in itself to know whether it holds a program.
  sentinelFuse: "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2",
});
chmodSync(executable, 0o755);
rmSync(blob);
rmSync(settings);

// Node.js itself is a part of the file now, so that its licence belongs beside it.
const licence = join(dirname(process.execPath), "..", "LICENSE");
const ofNode = existsSync(licence) ? readFileSync(licence, "utf8") : "";
const ofBundle = readFileSync(join(bundle, "LICENSES.txt"), "utf8");
writeFileSync(join(output, "LICENSES.txt"), `${ofBundle}${"-".repeat(78)}\nNode.js\n\n${ofNode}`);
