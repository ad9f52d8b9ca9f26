import type { BackendOptions } from "@olla-ts/simulator";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chat } from "../harness/chat.ts";
import { startTraffic } from "../harness/fleet-traffic.ts";
import { startGateway, configFor, until } from "../harness/gateway.ts";
import { startWorld, type World } from "../harness/world.ts";
import {
  appears,
  BROWSER_NOTE,
  DESKTOP,
  openPage,
  PHONE,
  skipsBrowser,
  startBrowser,
} from "./chromium.ts";
import { faintTexts, namelessControls, overflowOf } from "./page-facts.ts";

const VIEWS = ["", "endpoints", "models", "requests", "limits", "configuration"] as const;
const SIZES = {
  "desktop, light": { ...DESKTOP, colorScheme: "light" },
  "phone, dark": { ...PHONE, colorScheme: "dark" },
} as const;
const MODEL = "llama3.2:3b";

let browser: Browser;
let owned = new AsyncDisposableStack();

async function start(): Promise<void> {
  owned = new AsyncDisposableStack();
  browser = await startBrowser();
  owned.defer(() => browser.close());
}

/** Opens a view on a screen and on a phone and tells what it lacks, and what no view may have. */
async function faultsAt(
  url: string,
  view: string,
  wanted: readonly (string | RegExp)[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [size, options] of Object.entries(SIZES)) {
    await using opened = await openPage(browser, options);
    const { page, asked, faults } = opened;
    await page.goto(`${url}/internal/ui/${view}`);
    await page.locator(".panel").first().waitFor();
    for (const text of wanted) {
      if (!(await isShown(page, text))) found.push(`${size}: no ${text}`);
    }
    const overflow = await overflowOf(page);
    if (overflow > 0) found.push(`${size}: ${overflow} px too wide`);
    const foreign = asked.filter((address) => !address.startsWith(`${url}/internal/ui/`));
    const wrong = [
      ...(await faintTexts(page)),
      ...(await namelessControls(page)),
      ...faults,
      ...foreign,
    ];
    found.push(...wrong.map((one) => `${size}: ${one}`));
  }
  return found;
}

function isShown(page: Page, wanted: string | RegExp): Promise<boolean> {
  return appears(page.locator("main").getByText(wanted));
}

describe.skipIf(skipsBrowser)(`the dashboard of a busy gateway${BROWSER_NOTE}`, () => {
  let world: World<"alpha" | "beta">;

  beforeAll(async () => {
    await start();
    const model = { id: MODEL, firstTokenDelayMs: 20, tokenIntervalMs: 5 };
    world = owned.use(
      await startWorld(
        { alpha: { kind: "vllm", models: [model] }, beta: { kind: "ollama", models: [model] } },
        {
          proxy: "  sticky_sessions: { enabled: true, key_sources: [session_header] }",
          rateLimits: "{ per_ip_requests_per_minute: 3000, global_requests_per_minute: 0 }",
        },
      ),
    );
    const traffic = startTraffic(world.url, { models: [MODEL, MODEL, "nobody"], workers: 4 });
    owned.defer(() => traffic.stop());
    await until(() => world.backends.alpha.requestCount + world.backends.beta.requestCount > 30);
  });
  afterAll(() => owned.disposeAsync());

  const shown: Readonly<Record<(typeof VIEWS)[number], readonly (string | RegExp)[]>> = {
    "": ["Nothing is wrong.", /since the start/, "Requests per second", "alpha"],
    endpoints: ["alpha", "vllm · priority 100", "breaker closed", /^p95 /],
    models: [MODEL, /context$/, "alpha", "beta"],
    requests: [MODEL, "model_not_found", "model_found", /stream$/],
    limits: ["3,000 a minute", "Found again", "model not found"],
    configuration: ["config.yaml", "max_body_size", "changed", "least-connections"],
  };
  it.each(VIEWS)(
    "HI-46 shows real figures at %j, on a screen and a phone, and asks nobody else",
    async (view) => {
      expect(await faultsAt(world.url, view, shown[view])).toEqual([]);
    },
  );
});

describe.skipIf(skipsBrowser)(`the dashboard of a failing gateway${BROWSER_NOTE}`, () => {
  let world: World<"alpha" | "beta">;

  beforeAll(async () => {
    await start();
    world = owned.use(await startWorld({ alpha: { models: [MODEL] }, beta: { models: [MODEL] } }));
    await world.backends.alpha.kill();
    await world.backends.beta.setFault({ type: "status", status: 500 });
    for (let turn = 0; turn < 14; turn += 1) await (await chat(world.url)).arrayBuffer();
    await until(async () => (await world.gateway.endpoint("alpha"))["status"] === "offline");
  });
  afterAll(() => owned.disposeAsync());

  const shown: Readonly<Record<(typeof VIEWS)[number], readonly (string | RegExp)[]>> = {
    "": [/unavailable: connection refused/, "alpha", /low success rate/],
    endpoints: ["offline", "0 %", /failed$/],
    models: [MODEL, /failed$/],
    requests: ["500", "upstream_error", "beta"],
    limits: ["upstream error"],
    configuration: ["load_balancer"],
  };
  it.each(VIEWS)("shows what is wrong at %j", async (view) => {
    expect(await faultsAt(world.url, view, shown[view])).toEqual([]);
  });

  it("leads from a problem to the endpoint and its last errors", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${world.url}/internal/ui/`);
    await page.getByRole("list", { name: "What is wrong now" }).getByText("beta").click();
    await page.waitForURL("**/internal/ui/endpoints#beta");
    expect(await isShown(page, "It answered with status 500.")).toBe(true);
  });
});

describe.skipIf(skipsBrowser)(`the dashboard of an empty gateway${BROWSER_NOTE}`, () => {
  let url: string;

  beforeAll(async () => {
    await start();
    const gateway = owned.use(await startGateway({ config: configFor([]) }));
    ({ url } = gateway);
  });
  afterAll(() => owned.disposeAsync());

  const shown: Readonly<Record<(typeof VIEWS)[number], string>> = {
    "": "No endpoint is configured.",
    endpoints: "No endpoint is configured.",
    models: "No endpoint lists a model.",
    requests: "No request has come yet.",
    limits: "Nothing was refused.",
    configuration: "config.yaml",
  };
  it.each(VIEWS)("says that there is nothing at %j", async (view) => {
    expect(await faultsAt(url, view, [shown[view]])).toEqual([]);
  });
});

describe.skipIf(skipsBrowser)(`the dashboard of a huge fleet${BROWSER_NOTE}`, () => {
  let url: string;

  beforeAll(async () => {
    await start();
    const scripts: Record<string, Partial<BackendOptions>> = {};
    for (let place = 0; place < 100; place += 1) {
      const models = Array.from({ length: 10 }, (_, index) => `model-${place}-${index}:7b`);
      scripts[`rack-with-a-rather-long-name-${place}`] = { models };
    }
    const world = owned.use(await startWorld(scripts));
    ({ url } = world);
    await (await chat(url, { model: "model-42-7:7b" })).arrayBuffer();
  }, 60_000);
  afterAll(() => owned.disposeAsync());

  const shown: Readonly<Record<(typeof VIEWS)[number], string>> = {
    "": "rack-with-a-rather-long-name-99",
    endpoints: "100 of 100; rates of the last minute",
    models: "1000 of 1000; rates of the last minute",
    requests: "model-42-7:7b",
    limits: "Limits in force",
    configuration: "config.yaml",
  };
  it.each(VIEWS)("fits at %j", async (view) => {
    expect(await faultsAt(url, view, [shown[view]])).toEqual([]);
  });

  it("finds one of a thousand models, and shows all when asked", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${url}/internal/ui/models`);
    const rows = page.locator("table.data tbody tr");
    await rows.first().waitFor();
    expect(await rows.count()).toBe(100);
    expect(await rows.first().textContent()).toContain("model-42-7:7b");
    await page.getByRole("button", { name: "Show all 1000" }).click();
    await until(async () => (await rows.count()) === 1_000);
    await page.getByRole("searchbox").fill("model-7-3: name-7");
    await until(async () => (await rows.count()) === 1);
    expect(await isShown(page, "1 of 1000; rates of the last minute")).toBe(true);
  });
});
