import { createHash } from "node:crypto";

import { expect } from "vitest";

import { headerValue, type HeaderList } from "../../domain/header-list.ts";
import type { UpstreamRequest } from "../../ports/proxy-engine.ts";
import type { ContractCase, EngineHarness } from "./engine-harness.ts";
import { answer } from "./http-text.ts";
import type { ReceivedRequest } from "./request-reader.ts";
import type { ScriptedUpstream } from "./scripted-upstream.ts";

/** Fields an engine may add, in lower case. */
const ENGINE_FIELDS: ReadonlySet<string> = new Set(["host", "content-length", "connection"]);

/** What the backend gets is what the caller said, byte for byte. */
export function describeRequests(contractCase: ContractCase): void {
  contractCase("HP-8 RT-82 sends path and query byte for byte", async (harness) => {
    const path = "/v1/a%2Fb//c%E2%82%AC|d?a=1;b=2&c&d=%20+";
    const { received } = await sent(harness, { path });
    expect(received.target).toBe(path);
  });

  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    contractCase(`sends ${method} as ${method}`, async (harness) => {
      const body = method === "GET" || method === "OPTIONS" ? undefined : Buffer.from("{}");
      const { received } = await sent(harness, { method, body });
      expect(received.method).toBe(method);
    });
  }

  contractCase("HP-21 addresses the upstream in Host, once", async (harness) => {
    const { received, upstream } = await sent(harness, {});
    expect(valuesOf(received.headers, "host")).toEqual([new URL(upstream.endpoint.url).host]);
  });

  contractCase("sends fields spelled, ordered and repeated as given", async (harness) => {
    const headers = [
      "X-First",
      "1",
      "AUTHORIZATION",
      "Bearer a=",
      "x-twice",
      "a",
      "X-Between",
      "b, c",
      "x-twice",
      "d",
      "Content-Type",
      "application/json",
    ];
    const { received } = await sent(harness, { headers });
    expect(withoutEngineFields(received.headers)).toEqual(headers);
  });

  contractCase("sends field values byte for byte up to U+00FF", async (harness) => {
    const { received } = await sent(harness, { headers: ["X-Name", "caf\u00e9"] });
    expect(headerValue(received.headers, "x-name")).toBe("caf\u00e9");
  });

  contractCase("adds no field beyond Host, Content-Length and Connection", async (harness) => {
    const { received } = await sent(harness, { method: "POST", body: Buffer.from("{}") });
    expect(withoutEngineFields(received.headers)).toEqual([]);
  });

  contractCase(
    "HP-78 sends a body with its exact Content-Length, not in chunks",
    async (harness) => {
      const body = Buffer.from('{"prompt":"\u20ac"}');
      const { received } = await sent(harness, { method: "POST", body });
      expect(valuesOf(received.headers, "content-length")).toEqual([String(body.byteLength)]);
      expect(headerValue(received.headers, "transfer-encoding")).toBeUndefined();
      expect(received.body).toEqual(body);
    },
  );

  contractCase("sends an empty POST with Content-Length 0", async (harness) => {
    const { received } = await sent(harness, { method: "POST", body: new Uint8Array() });
    expect(valuesOf(received.headers, "content-length")).toEqual(["0"]);
  });

  contractCase("sends a GET without body without any framing field", async (harness) => {
    const { received } = await sent(harness, { method: "GET", body: undefined });
    expect(headerValue(received.headers, "content-length")).toBeUndefined();
    expect(headerValue(received.headers, "transfer-encoding")).toBeUndefined();
  });

  contractCase("sends a GET with a body", async (harness) => {
    const { received } = await sent(harness, { method: "GET", body: Buffer.from("query") });
    expect(received.method).toBe("GET");
    expect(received.body.toString()).toBe("query");
  });

  contractCase("sends a view into a larger buffer without its surroundings", async (harness) => {
    const view = new TextEncoder().encode("xxinsidexx").subarray(2, 8);
    const { received } = await sent(harness, { method: "POST", body: view });
    expect(received.body.toString()).toBe("inside");
  });

  contractCase("HP-10 sends an 8 MB body intact", async (harness) => {
    const body = patterned(8 * 1024 * 1024);
    const { received } = await sent(harness, { method: "POST", body });
    expect(digest(received.body)).toBe(digest(body));
  });
}

async function sent(
  harness: EngineHarness,
  upstreamRequest: Partial<UpstreamRequest>,
): Promise<{ readonly received: ReceivedRequest; readonly upstream: ScriptedUpstream }> {
  const upstream = await harness.upstream((exchange) => exchange.write(answer({ body: "ok" })));
  await harness.exchange(upstream.endpoint, { upstream: upstreamRequest });
  const [received, ...more] = upstream.requests;
  expect(more, "the request is sent once").toEqual([]);
  if (received === undefined) throw new Error("the upstream received no complete request");
  return { received, upstream };
}

function valuesOf(headers: HeaderList, lowerName: string): readonly (string | undefined)[] {
  return headers.filter(
    (_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === lowerName,
  );
}

function withoutEngineFields(headers: HeaderList): readonly string[] {
  return headers.filter(
    (_, index) => !ENGINE_FIELDS.has((headers[index - (index % 2)] ?? "").toLowerCase()),
  );
}

/** Bytes of which no two neighbouring kilobytes are equal, so a lost or doubled one shows. */
export function patterned(byteLength: number): Buffer {
  const bytes = Buffer.alloc(byteLength);
  for (let offset = 0; offset + 4 <= byteLength; offset += 4)
    bytes.writeUInt32LE(Math.imul(offset, 2_654_435_761) >>> 0, offset);
  return bytes;
}

/** SHA-256 in hexadecimal. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
