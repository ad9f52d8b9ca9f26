import { gzipSync } from "node:zlib";

import { expect } from "vitest";

import type { HeaderList } from "../../domain/header-list.ts";
import type { CollectingSink } from "./collecting-sink.ts";
import type { ContractCase } from "./engine-harness.ts";
import { answer, chunk, chunkedHead, head, lastChunk } from "./http-text.ts";
import type { Script } from "./scripted-upstream.ts";

/** What the backend answers is what the caller gets. */
export function describeResponses(contractCase: ContractCase): void {
  contractCase("hands over status, fields and body of an answer", async (harness) => {
    const fields = ["X-B", "2", "x-a", "1", "Set-Cookie", "a=1", "Content-Type", "text/plain"];
    const headers = [...fields, "Set-Cookie", "b=2"];
    const { endpoint } = await harness.upstream((exchange) =>
      exchange.write(answer({ status: "201 Created", headers, body: "hello" })),
    );
    const { response, body } = await harness.exchange(endpoint);
    expect(response.status).toBe(201);
    expect(response.endpoint).toBe(endpoint);
    expect(response.headers, "names, order and repetition as received").toEqual([
      ...headers,
      "Content-Length",
      "5",
    ]);
    expect(body.text()).toBe("hello");
    expect(response.attempts).toEqual([{ endpoint, error: undefined }]);
    expect(response.headMs).toBeGreaterThanOrEqual(0);
  });

  contractCase("hands over field values byte for byte up to U+00FF", async (harness) => {
    const { endpoint } = await harness.upstream((exchange) =>
      exchange.write(answer({ headers: ["X-Name", "caf\u00e9"] })),
    );
    const { response } = await harness.exchange(endpoint);
    expect(response.headers.slice(0, 2)).toEqual(["X-Name", "caf\u00e9"]);
  });

  contractCase("drops hop-by-hop fields and those Connection names", async (harness) => {
    const headers = [
      "Connection",
      "keep-alive, X-Internal",
      "Keep-Alive",
      "timeout=5",
      "x-internal",
      "secret",
      "Proxy-Authenticate",
      "Basic",
      "Trailer",
      "X-Sum",
      "X-Kept",
      "yes",
    ];
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead(headers));
      await exchange.write(lastChunk());
    });
    const { response } = await harness.exchange(endpoint);
    expect(response.headers).toEqual(["X-Kept", "yes"]);
  });

  for (const status of ["400 Bad Request", "401 Unauthorized", "404 Not Found", "422 Nope"]) {
    contractCase(`passes ${status} on as an answer`, async (harness) => {
      const { endpoint } = await harness.upstream((exchange) =>
        exchange.write(answer({ status, body: '{"error":1}' })),
      );
      const { response, body } = await harness.exchange(endpoint);
      expect(response.status).toBe(Number.parseInt(status, 10));
      expect(body.text()).toBe('{"error":1}');
      expect(harness.observer.ended[0]).toMatchObject({ error: undefined, bytes: 11 });
    });
  }

  contractCase("HP-12 does not follow a redirect", async (harness) => {
    const upstream = await harness.upstream((exchange) =>
      exchange.write(answer({ status: "302 Found", headers: ["Location", "/elsewhere"] })),
    );
    const { response } = await harness.exchange(upstream.endpoint);
    expect(response.status).toBe(302);
    expect(response.headers.slice(0, 2)).toEqual(["Location", "/elsewhere"]);
    expect(upstream.requests).toHaveLength(1);
  });

  contractCase("HP-46 leaves a compressed body as it is", async (harness) => {
    const body = gzipSync("a compressed answer");
    const headers = ["Content-Encoding", "gzip"];
    const { endpoint } = await harness.upstream((exchange) =>
      exchange.write(answer({ headers, body })),
    );
    const exchanged = await harness.exchange(endpoint);
    expect(exchanged.body.content()).toEqual(body);
    expect(exchanged.response.headers.slice(0, 2)).toEqual(headers);
  });

  contractCase("skips interim answers", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(head("103 Early Hints", ["Link", "</style.css>"]));
      await exchange.write(answer({ headers: ["X-Final", "1"], body: "final" }));
    });
    const { response, body } = await harness.exchange(endpoint);
    expect(response.status).toBe(200);
    expect(response.headers.slice(0, 2)).toEqual(["X-Final", "1"]);
    expect(body.text()).toBe("final");
  });

  const bodiless: readonly { method: string; status: string; headers: HeaderList }[] = [
    { method: "HEAD", status: "200 OK", headers: ["Content-Length", "1000"] },
    { method: "GET", status: "204 No Content", headers: ["X-Kept", "1"] },
    { method: "GET", status: "304 Not Modified", headers: ["ETag", '"a"'] },
  ];
  for (const { method, status, headers } of bodiless) {
    contractCase(`ends ${method} with ${status} without a body`, async (harness) => {
      const { endpoint } = await harness.upstream((exchange) =>
        exchange.write(head(status, headers)),
      );
      for (let round = 0; round < 2; round += 1) {
        const { response, body } = await harness.exchange(endpoint, { upstream: { method } });
        expect(response.headers).toEqual(headers);
        expectWhole(body, "");
      }
    });
  }

  contractCase("ends an answer with Content-Length 0", async (harness) => {
    const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
    expectWhole((await harness.exchange(endpoint)).body, "");
  });

  contractCase("ends a body that the closed connection delimits, HTTP/1.0", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write("HTTP/1.0 200 OK\r\nX-Old: 1\r\n\r\nold ");
      await exchange.write("style");
      exchange.close();
    });
    const { response, body } = await harness.exchange(endpoint);
    expect(response.headers).toEqual(["X-Old", "1"]);
    expectWhole(body, "old style");
  });

  contractCase("ends a body that the closed connection delimits, HTTP/1.1", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(answer({ headers: ["Connection", "close"], length: "none", body: "x" }));
      exchange.close();
    });
    expectWhole((await harness.exchange(endpoint)).body, "x");
  });

  for (const { title, delimited, script, method } of framings) {
    contractCase(`says closeDelimited ${delimited} for ${title}`, async (harness) => {
      const { endpoint } = await harness.upstream(script);
      const { response } = await harness.exchange(endpoint, { upstream: { method } });
      expect(response.closeDelimited).toBe(delimited);
    });
  }

  contractCase("hands trailers to the end of the sink", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead());
      await exchange.write(chunk("body"));
      await exchange.write(lastChunk(["X-Checksum", "abc"]));
    });
    const { body } = await harness.exchange(endpoint);
    expect(body.text()).toBe("body");
    expect(body.trailers?.map((text) => text.toLowerCase())).toEqual(["x-checksum", "abc"]);
  });

  contractCase("keeps the spelling of trailer names", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead());
      await exchange.write(lastChunk(["X-Checksum", "abc"]));
    });
    expect((await harness.exchange(endpoint)).body.trailers).toEqual(["X-Checksum", "abc"]);
  });

  contractCase("takes a response head of 12 KB", async (harness) => {
    const headers = Array.from({ length: 12 }, (_, index) => [
      `X-Large-${index}`,
      "v".repeat(1000),
    ]);
    const { endpoint } = await harness.upstream((exchange) =>
      exchange.write(answer({ headers: headers.flat(), body: "ok" })),
    );
    const { response, body } = await harness.exchange(endpoint);
    expect(response.headers.slice(0, 24)).toEqual(headers.flat());
    expect(body.text()).toBe("ok");
  });
}

interface Framing {
  readonly title: string;
  readonly delimited: boolean;
  readonly method: string;
  readonly script: Script;
}

const framings: readonly Framing[] = [
  {
    title: "HTTP/1.0 without a length",
    delimited: true,
    method: "GET",
    async script(exchange) {
      await exchange.write("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:\n\n");
      exchange.close();
    },
  },
  {
    title: "HTTP/1.1 without a length",
    delimited: true,
    method: "POST",
    async script(exchange) {
      await exchange.write(answer({ headers: ["Connection", "close"], length: "none", body: "x" }));
      exchange.close();
    },
  },
  {
    title: "a body with Content-Length on a connection announced to close",
    delimited: false,
    method: "GET",
    async script(exchange) {
      await exchange.write(answer({ headers: ["Connection", "close"], body: "x" }));
      exchange.close();
    },
  },
  {
    title: "a chunked body",
    delimited: false,
    method: "GET",
    async script(exchange) {
      await exchange.write(chunkedHead());
      await exchange.write(lastChunk());
    },
  },
  {
    title: "an answer to HEAD, which has no body",
    delimited: false,
    method: "HEAD",
    script: (exchange) => exchange.write(head("200 OK", ["X-Kept", "1"])),
  },
  {
    title: "a 204, which has no body",
    delimited: false,
    method: "GET",
    script: (exchange) => exchange.write(head("204 No Content", ["X-Kept", "1"])),
  },
];

/** The body ended as complete, with this content and nothing after the end. */
export function expectWhole(body: CollectingSink, text: string): void {
  expect(body.error, "the body is complete and must not fail").toBeUndefined();
  expect(body.text()).toBe(text);
  expect(body.trailers).toEqual([]);
  expect(body.afterwards, "nothing follows end or fail").toEqual([]);
}
