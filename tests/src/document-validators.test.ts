import { gunzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { send, type Answer } from "./harness/http-client.ts";
import { createShiftingClock, shiftTime } from "./harness/shifting-clock.ts";
import { startWorld } from "./harness/world.ts";

const STATUS = "/internal/status";
const DOCUMENTS = [STATUS, "/internal/status/endpoints", "/internal/status/models"];

function ask(url: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send(url, { path, headers });
}

function tagOf({ headers }: Answer): string {
  const { etag } = headers;
  if (etag === undefined) throw new Error("the answer has no ETag");
  return etag;
}

describe.each(DOCUMENTS)("the validator of %s", (path) => {
  it("HI-14 HI-17 is weak, and spares a client what it has", async () => {
    await using world = await startWorld({ only: {} });
    const tag = tagOf(await ask(world.url, path));
    expect(tag).toMatch(/^W\/"[0-9a-z]+"$/);
    const strong = tag.slice("W/".length);
    for (const condition of [tag, strong, `"x", ${tag}`, "*"]) {
      const spared = await ask(world.url, path, { "if-none-match": condition });
      expect(spared, `for ${condition}`).toMatchObject({ status: 304, text: "" });
      expect(spared.headers.etag).toBe(tag);
      expect(spared.headers["cache-control"]).toBe("private, no-cache");
      expect(spared.headers.vary).toBe("Accept-Encoding");
    }
  });

  it("HI-14 sends the whole document for another tag, and for a condition too long to read", async () => {
    await using world = await startWorld({ only: {} });
    const tag = tagOf(await ask(world.url, path));
    const long = `${'"x", '.repeat(300)}${tag}`;
    for (const condition of ['"other"', 'W/"other"', "", long]) {
      const whole = await ask(world.url, path, { "if-none-match": condition });
      expect(whole.status, `for ${condition.slice(0, 20)}`).toBe(200);
      expect(JSON.parse(whole.text)).toHaveProperty("timestamp");
    }
  });

  it("HI-15 D9 stays the same while nothing but time passes", async () => {
    const clock = createShiftingClock();
    await using world = await startWorld({ only: { models: ["m"] } }, { clock });
    const before = await ask(world.url, path);
    await shiftTime(clock, 20_000, world.gateway);
    const after = await ask(world.url, path);
    expect(after.text).not.toBe(before.text);
    expect(tagOf(after)).toBe(tagOf(before));
  });

  it("HI-18 is the same for the packed and the plain document", async () => {
    const models = Array.from({ length: 40 }, (_, index) => `model-${index}`);
    await using world = await startWorld({ only: { models } });
    const plain = await ask(world.url, path);
    const packed = await ask(world.url, path, { "accept-encoding": "gzip" });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(Object.keys(JSON.parse(gunzipSync(packed.body).toString()) as object)).toEqual(
      Object.keys(JSON.parse(plain.text) as object),
    );
    expect(tagOf(packed)).toBe(tagOf(plain));
    expect(packed.headers.vary).toBe("Accept-Encoding");
  });
});

describe("the validators of documents with figures", () => {
  it.each([STATUS, "/internal/status/endpoints"])(
    "HI-16 changes at %s with a request",
    async (path) => {
      await using world = await startWorld({ only: { models: ["m"] } });
      const before = tagOf(await ask(world.url, path));
      await (await chat(world.url, { model: "m" })).text();
      const after = await ask(world.url, path, { "if-none-match": before });
      expect(after.status).toBe(200);
      expect(tagOf(after)).not.toBe(before);
    },
  );

  it("changes with the state of an endpoint", async () => {
    await using world = await startWorld({ only: {} });
    const before = tagOf(await ask(world.url, STATUS));
    await world.backends.only.kill();
    await expect
      .poll(async () => tagOf(await ask(world.url, STATUS)), { timeout: 10_000 })
      .not.toBe(before);
  });
});
