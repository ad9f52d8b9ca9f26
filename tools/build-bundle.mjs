/**
 * Makes two files of the whole gateway, which need nothing but Node.js beside them:
 * dist/bundle/olla.cjs, and worker.cjs for the threads of `server.workers`.
 *
 *   pnpm build:bundle
 *
 * They hold the dashboard, the profiles and the version. CommonJS, since the single
 * executable of Node.js 24 takes nothing else.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = join(root, "dist", "bundle");
const entries = { olla: "apps/server/src/main.ts", worker: "apps/server/src/worker.ts" };

/** Modules that read files beside them, and what a bundle has in their place. */
const EMBEDDED = {
  "apps/server/src/version.ts": () => constant("readVersion", readJson("apps/server").version),
  "apps/server/src/compose-page.ts": () => `
    import { createPage } from ${JSON.stringify(join(root, "tools/bundle/page.mjs"))};
    export const readPage = () => createPage(${JSON.stringify(pageFiles())});`,
  "packages/providers/src/profiles/built-in-files.ts": () =>
    constant("readBuiltInFiles", profiles()),
  "apps/server/src/workers/worker-entry.ts": () =>
    `export { workerEntry } from ${JSON.stringify(join(root, "tools/bundle/worker-entry.mjs"))};`,
};

const turbo = join(root, "node_modules/.bin/turbo");
execFileSync(turbo, ["run", "build", "--filter=@olla-ts/dashboard", "--output-logs=errors-only"], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
});

rmSync(output, { recursive: true, force: true });
const modules = new Set();
const embedded = new Set();
for (const [name, input] of Object.entries(entries)) await bundle(name, input);
const left = Object.keys(EMBEDDED).filter((path) => !embedded.has(path));
if (left.length > 0) throw new Error(`nothing imports ${left.join(", ")}`);
writeFileSync(join(output, "LICENSES.txt"), licences());

async function bundle(name, input) {
  const build = await rolldown({
    cwd: root,
    input: { [name]: input },
    platform: "node",
    resolve: { conditionNames: ["@olla-ts/source", "node", "import", "default"] },
    plugins: [{ name: "embed", load: (id) => embed(relative(root, id).split(sep).join("/")) }],
    onLog(level, log) {
      if (level === "warn") throw new Error(log.message);
    },
  });
  const { output: files } = await build.write({
    dir: output,
    format: "cjs",
    entryFileNames: "[name].cjs",
    codeSplitting: false,
    // Names stay, so that a stack in a report means something.
    minify: { compress: true, mangle: false, codegen: true },
    comments: false,
  });
  for (const id of files.flatMap((file) => Object.keys(file.modules ?? {}))) modules.add(id);
}

function embed(path) {
  const source = EMBEDDED[path];
  if (source === undefined) return undefined;
  embedded.add(path);
  return { code: source(), moduleType: "js" };
}

function constant(name, value) {
  return `const value = ${JSON.stringify(value)}; export const ${name} = () => value;`;
}

function readJson(folder) {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
}

function pageFiles() {
  const folder = join(root, "packages/dashboard/dist");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(folder, file).split(sep).join("/"), readFileSync(file, "base64")]);
}

function profiles() {
  const { parse } = createRequire(join(root, "packages/providers/package.json"))("yaml");
  const folder = join(root, "packages/providers/profiles");
  return readdirSync(folder)
    .toSorted()
    .map((file) => [file, parse(readFileSync(join(folder, file), "utf8"))]);
}

/** The licence of this project, and those of all others whose code is in the bundle. */
function licences() {
  const places = new Map([["olla-ts", root]]);
  for (const id of modules) {
    const place = id.includes("node_modules") ? packageOf(dirname(id)) : undefined;
    if (place !== undefined) places.set(place.slice(place.lastIndexOf("node_modules") + 13), place);
  }
  return [...places]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, place]) => `${name}\n\n${licenceIn(place)}\n`)
    .join(`${"-".repeat(78)}\n`);
}

function packageOf(folder) {
  if (!folder.includes("node_modules")) return undefined;
  const manifest = join(folder, "package.json");
  const isPackage = existsSync(manifest) && "version" in JSON.parse(readFileSync(manifest, "utf8"));
  return isPackage ? folder : packageOf(dirname(folder));
}

function licenceIn(place) {
  const file = readdirSync(place).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(place, file), "utf8");
  const { license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  if (license === undefined) throw new Error(`${place} has no licence`);
  return license;
}
