import { existsSync } from "node:fs";

import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";

/** Debian's package `chromium`; the tests bring no browser of their own. */
const EXECUTABLE = "/usr/bin/chromium";

/** Why no browser can be started; undefined when one can. */
const noBrowser: string | undefined = existsSync(EXECUTABLE)
  ? undefined
  : `${EXECUTABLE} is missing: install the package chromium`;

/** Starts a browser that asks nobody for anything but the pages it is shown. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page, and everything on it that should not be. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Addresses asked for, in order. */
  readonly asked: readonly string[];
  /** Errors of scripts and of the content security policy. */
  readonly faults: readonly string[];
}

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
};

export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = DESKTOP,
): Promise<WatchedPage> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const asked: string[] = [];
  const faults: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  return { page, asked, faults, [Symbol.asyncDispose]: () => context.close() };
}

/** Whether tests that need a browser are skipped, and what their group says of it. */
export const skipsBrowser: boolean = noBrowser !== undefined;
export const BROWSER_NOTE: string = noBrowser === undefined ? "" : ` (${noBrowser})`;

/** Waits until it is on the page; false when it does not come. */
export async function appears(locator: Locator): Promise<boolean> {
  try {
    await locator.first().waitFor({ state: "attached" });
    return true;
  } catch {
    return false;
  }
}
