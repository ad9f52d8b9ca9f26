import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chat, readEvents } from "../harness/chat.ts";
import { until } from "../harness/gateway.ts";
import { makeFolder, takePort, type Folder } from "../harness/program.ts";
import { traffic } from "../harness/world.ts";
import { startDocsFleet, type DocsFleet } from "./fleet.ts";
import { readPages } from "./pages.ts";

const blocks = readPages()
  .flatMap((page) => page.blocks)
  .filter(({ language }) => language === "nginx");
const hasNginx = spawnSync("nginx", ["-v"], { stdio: "ignore" }).status === 0;

/** An nginx with the blocks of the pages, in front of a gateway. */
interface Proxy extends AsyncDisposable {
  /** By the port that its `server` has in the pages. */
  readonly urls: Readonly<Record<"443" | "11435", string>>;
}

async function freePort(): Promise<number> {
  await using taken = await takePort();
  return taken.port;
}

/** The blocks as they are, but for ports, certificates and the gateway's address. */
async function startNginx(folder: Folder, gateway: string): Promise<Proxy> {
  const [tls, plain] = [await freePort(), await freePort()];
  const servers = blocks
    .map(({ text }) => text)
    .join("\n")
    .replaceAll("127.0.0.1:40114", new URL(gateway).host)
    .replace("listen 443 ssl;", `listen 127.0.0.1:${tls};`)
    .replace("listen 11435;", `listen 127.0.0.1:${plain};`)
    .replaceAll(/ssl_certificate\w* .*;/g, "");
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder.path}/${name};`,
  );
  folder.write(
    "nginx.conf",
    `daemon off; master_process off; pid ${folder.path}/pid; error_log ${folder.path}/error.log;
events {}
http { access_log off; ${scratch.join(" ")}
${servers}
}`,
  );
  const child = spawn("nginx", ["-c", join(folder.path, "nginx.conf"), "-p", folder.path], {
    stdio: "ignore",
  });
  const ended = once(child, "close");
  const urls = { "443": `http://127.0.0.1:${tls}`, "11435": `http://127.0.0.1:${plain}` };
  await until(() => fetch(urls["11435"]).then(isOk, () => false));
  return {
    urls,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function isOk({ ok }: Response): boolean {
  return ok;
}

describe.runIf(hasNginx)("nginx as the pages configure it", () => {
  let fleet: DocsFleet;
  let folder: Folder;
  let proxy: Proxy;

  beforeAll(async () => {
    fleet = await startDocsFleet();
    folder = makeFolder();
    proxy = await startNginx(folder, fleet.world.url);
  }, 60_000);

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
    await fleet[Symbol.asyncDispose]();
  });

  it("passes tokens on when they come", async () => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const response = await chat(proxy.urls["443"], { model: "endless", stream: true, signal });
    const first = await response.body?.getReader().read();
    expect(first?.value?.length).toBeGreaterThan(0);
    const asked = traffic(fleet.world.backends.desk).at(-1);
    expect(asked?.tokensSent).toBeLessThan(10);
    leaving.abort();
  });

  it("passes a stream on to its end", async () => {
    const response = await chat(proxy.urls["443"], { model: "llama3.1:8b", stream: true });
    const { complete, events } = await readEvents(response);
    expect([complete, events.at(-1)]).toEqual([true, "[DONE]"]);
  });

  it("keeps the gateway's own documents inside", async () => {
    expect((await fetch(`${proxy.urls["443"]}/internal/status`)).status).toBe(404);
  });

  it("serves Ollama clients without a path", async () => {
    const response = await fetch(`${proxy.urls["11435"]}/api/tags`);
    expect(await response.text()).toContain("llama3.1:8b");
  });
});
