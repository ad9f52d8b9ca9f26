import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chat } from "../harness/chat.ts";
import { until } from "../harness/gateway.ts";
import { startWorld } from "../harness/world.ts";
import { appears, BROWSER_NOTE, openPage, PHONE, skipsBrowser, startBrowser } from "./chromium.ts";

const MODEL = "llama3.2:3b";
const UI = "/internal/ui/";

describe.skipIf(skipsBrowser)(`the dashboard's page${BROWSER_NOTE}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it("shows a request as it ends, and why it went where it went", async () => {
    await using world = await startWorld({ a: { models: [MODEL] }, b: { models: ["other"] } });
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${world.url}${UI}requests`);
    await page.getByText("No request has come yet.").waitFor();
    const headers = { "X-Request-ID": "seen-1" };
    await (await chat(world.url, { headers })).arrayBuffer();
    await page.getByRole("button", { name: "Details of 0 seen-1" }).click();
    const way = page.locator(".way");
    expect(await appears(way.getByText("routed, because model found, strategy strict"))).toBe(true);
    expect(await appears(way.getByText("a: answered"))).toBe(true);
    expect(await appears(page.getByText("seen-1", { exact: true }))).toBe(true);
  });

  it("stands still while paused", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await (await chat(world.url)).arrayBuffer();
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${world.url}${UI}requests`);
    const rows = page.locator("table.data tbody tr");
    await rows.first().waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await (await chat(world.url)).arrayBuffer();
    const resume = page.getByRole("button", { name: "Resume, 1 new" });
    await resume.waitFor();
    expect(await rows.count()).toBe(1);
    await resume.click();
    await until(async () => (await rows.count()) === 2);
  });

  it("shows a change of an endpoint without being asked", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${world.url}${UI}endpoints`);
    await page.locator("table").getByText("healthy").waitFor();
    await world.backends.a.kill();
    expect(await appears(page.locator("table").getByText("offline"))).toBe(true);
    await until(async () => (await page.title()).startsWith("critical"));
  });

  it("asks again and again where no event stream is to be had", async () => {
    await using world = await startWorld(
      { a: { models: [MODEL] } },
      { more: "dashboard: { max_streams: 0 }" },
    );
    await using opened = await openPage(browser);
    await opened.page.goto(`${world.url}${UI}`);
    await opened.page.getByText("asking every 5 s").waitFor();
    await opened.page.getByText("Nothing is wrong.").waitFor();
    expect(opened.asked.some((address) => address.includes("/api/report?view=overview"))).toBe(
      true,
    );
  });

  it("says that the gateway does not answer, keeps what was known, and asks on request", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await using opened = await openPage(browser);
    const { page, asked } = opened;
    await page.goto(`${world.url}${UI}endpoints`);
    await page.locator("table").getByText("healthy").waitFor();
    await world.gateway[Symbol.asyncDispose]();
    const alert = page.getByRole("alert");
    await alert.getByText("The gateway does not answer.").waitFor();
    expect(await page.locator("table").getByText("healthy").count()).toBe(1);
    const before = asked.length;
    await page.getByRole("button", { name: "Ask now" }).click();
    await until(() => asked.length > before);
  });

  it("is fed more seldom while nobody looks", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await using opened = await openPage(browser);
    const { page, asked } = opened;
    await page.goto(`${world.url}${UI}`);
    await page.getByText("Nothing is wrong.").waitFor();
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    const slow = `${world.url}${UI}api/events?view=overview&pace=slow`;
    await until(() => asked.includes(slow));
    expect(asked.at(-1)).toBe(slow);
  });

  it("is used with the keyboard alone", async () => {
    await using world = await startWorld({ a: { models: [MODEL] }, b: { models: [MODEL] } });
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${world.url}${UI}endpoints`);
    await page.locator("table").getByText("healthy").first().waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("To the content");
    await page.getByRole("button", { name: "Details of a" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Last errors").waitFor();
    expect(page.url()).toContain("#a");
    await page.getByRole("button", { name: "Endpoint", exact: true }).focus();
    await page.keyboard.press("Space");
    const sorted = page.locator('th[aria-sort="descending"]');
    expect(await sorted.textContent()).toBe("Endpoint");
  });

  it("reads single moments of a chart to those who cannot see it", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${world.url}${UI}`);
    const chart = page.getByRole("img", { name: /^Requests per second, now succeeded/ });
    await chart.focus();
    await page.keyboard.press("ArrowLeft");
    const reading = page.locator("figure [aria-live]").getByText(/^\d\d:\d\d:\d\d: succeeded/);
    expect(await appears(reading)).toBe(true);
  });

  it("goes back and forth with the browser's history", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${world.url}${UI}`);
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByText(MODEL).first().waitFor();
    expect(page.url()).toBe(`${world.url}${UI}models`);
    await page.goBack();
    await page.getByText("Nothing is wrong.").waitFor();
  });

  it("keeps the colours that were chosen, and follows the system otherwise", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await using opened = await openPage(browser, { ...PHONE, colorScheme: "dark" });
    const { page } = opened;
    const ground = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.goto(`${world.url}${UI}`);
    const dark = await ground();
    await page.getByRole("button", { name: /^Colours: auto/ }).click();
    await page.getByRole("button", { name: /^Colours: light/ }).waitFor();
    const light = await ground();
    expect(light).not.toBe(dark);
    await page.reload();
    await page.getByRole("button", { name: /^Colours: light/ }).waitFor();
    expect(await ground()).toBe(light);
  });
});
