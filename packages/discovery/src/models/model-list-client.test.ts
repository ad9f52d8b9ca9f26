import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from "node:http";

import { type Endpoint, type HeaderList, type Model, ProxyError } from "@olla-ts/core";
import { makeEndpoint } from "@olla-ts/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

import { createModelListClient } from "./model-list-client.ts";

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

/** Origin of a backend that answers so. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return `http://127.0.0.1:${address.port}`;
}

interface Setting {
  readonly headers?: HeaderList;
  readonly maxBytes?: number;
  readonly parse?: (type: string, body: string) => readonly Model[];
}

function ask(
  origin: string,
  { headers = [], maxBytes = 1_000, parse = toNames }: Setting = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly Model[]> {
  const fetchModels = createModelListClient({
    fetch: globalThis.fetch,
    headersFor: () => headers,
    parseModelList: parse,
    version: "1.2.3",
    maxBytes,
  });
  const endpoint: Endpoint = makeEndpoint({ type: "vllm", modelsUrl: `${origin}/v1/models?x=1` });
  return fetchModels(endpoint, signal);
}

/** One model per line. */
function toNames(_type: string, body: string): readonly Model[] {
  return body.split("\n").map((name) => ({ name }));
}

function toJsonNames(_type: string, body: string): readonly Model[] {
  const names: readonly string[] = JSON.parse(body);
  return names.map((name) => ({ name }));
}

async function failure(asked: Promise<unknown>): Promise<ProxyError> {
  const thrown = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ProxyError)) throw new Error("not refused", { cause: thrown });
  return thrown;
}

describe("createModelListClient", () => {
  it("hands the body to the parser of the endpoint's type", async () => {
    const parse = vi.fn<typeof toNames>(toNames);
    const origin = await serve((_request, response) => response.end("pine\nfir\u{1F332}"));
    expect(await ask(origin, { parse })).toEqual([{ name: "pine" }, { name: "fir\u{1F332}" }]);
    expect(parse).toHaveBeenCalledExactlyOnceWith("vllm", "pine\nfir\u{1F332}");
  });

  it("RT-56 PV-27 CF-40 asks for JSON under its own name, with the endpoint's fields", async () => {
    let seen: { url: string | undefined; headers: IncomingHttpHeaders } | undefined;
    const origin = await serve(({ url, headers }, response) => {
      seen = { url, headers };
      response.end();
    });
    await ask(origin, { headers: ["Authorization", "Bearer t", "X-Team", "a", "x-team", "b"] });
    expect(seen?.url).toBe("/v1/models?x=1");
    expect(seen?.headers).toMatchObject({
      "user-agent": "olla-Discovery/1.2.3",
      accept: "application/json",
      authorization: "Bearer t",
      "x-team": "a, b",
    });
  });

  it("lets the endpoint's fields replace its own", async () => {
    let agent: string | undefined;
    const origin = await serve(({ headers }, response) => {
      agent = headers["user-agent"];
      response.end();
    });
    await ask(origin, { headers: ["User-Agent", "team/1"] });
    expect(agent).toBe("team/1");
  });

  it.each([201, 204, 401, 404, 500, 503])("RT-56 refuses status %d", async (status) => {
    const origin = await serve((_request, response) => response.writeHead(status).end());
    expect(await failure(ask(origin))).toMatchObject({ code: "upstream_error", status });
  });

  it("says what to check when credentials are refused", async () => {
    const origin = await serve((_request, response) => response.writeHead(401).end());
    expect((await failure(ask(origin))).message).toContain("credentials");
  });

  it.each([
    { declared: true, what: "a declared length" },
    { declared: false, what: "an unknown length" },
  ])("PV-28 refuses a list that is too large, with $what", async ({ declared }) => {
    const body = "x".repeat(1_001);
    const origin = await serve((_request, response) => {
      if (declared) response.setHeader("content-length", body.length);
      response.write(body);
      response.end();
    });
    expect((await failure(ask(origin))).code).toBe("upstream_protocol");
  });

  it("PV-28 does not read an endless list to its end", async () => {
    const closed = Promise.withResolvers<void>();
    const origin = await serve((_request, response) => {
      response.on("close", () => closed.resolve());
      function more(): void {
        while (response.write("x".repeat(500)));
        response.once("drain", more);
      }
      more();
    });
    expect((await failure(ask(origin))).code).toBe("upstream_protocol");
    await closed.promise;
  });

  it("accepts a list of exactly the largest size", async () => {
    const origin = await serve((_request, response) => response.end("x".repeat(1_000)));
    expect(await ask(origin)).toHaveLength(1);
  });

  it("follows a redirect within the endpoint's origin", async () => {
    const origin = await serve(({ url }, response) => {
      if (url === "/moved") response.end("pine");
      else response.writeHead(307, { location: "/moved" }).end();
    });
    expect(await ask(origin)).toEqual([{ name: "pine" }]);
  });

  it("R33 sends no request, and so no credentials, to another origin", async () => {
    const asked = vi.fn<RequestListener>((_request, response) => response.end("pine"));
    const other = await serve(asked);
    const origin = await serve((_request, response) =>
      response.writeHead(302, { location: `${other}/v1/models` }).end(),
    );
    const error = await failure(ask(origin, { headers: ["X-Api-Key", "secret"] }));
    expect(error).toMatchObject({ code: "upstream_error", status: 302 });
    expect(asked).not.toHaveBeenCalled();
  });

  it("gives up a circle of redirects", async () => {
    const asked = vi.fn<RequestListener>((_request, response) =>
      response.writeHead(308, { location: "/again" }).end(),
    );
    const origin = await serve(asked);
    expect((await failure(ask(origin))).code).toBe("upstream_error");
    expect(asked).toHaveBeenCalledTimes(4);
  });

  it("passes on what the parser refuses", async () => {
    const refusal = new ProxyError("upstream_protocol", "not JSON");
    const origin = await serve((_request, response) => response.end("<html>"));
    const parse = (): never => {
      throw refusal;
    };
    expect(await failure(ask(origin, { parse }))).toBe(refusal);
  });

  it("takes any other error of the parser for an unreadable list", async () => {
    const origin = await serve((_request, response) => response.end("{"));
    const error = await failure(ask(origin, { parse: toJsonNames }));
    expect(error.code).toBe("upstream_protocol");
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  it("names a refused connection, without the address", async () => {
    const origin = await serve(() => undefined);
    servers[0]?.close();
    const error = await failure(ask(origin));
    expect(error.code).toBe("upstream_connect");
    expect(error.message).not.toContain("127.0.0.1");
  });

  it("names a connection that ends in the middle of the list", async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("pine", () => response.destroy());
    });
    expect((await failure(ask(origin))).code).toMatch(/^upstream_(closed|reset)$/);
  });

  it("throws the reason when it is aborted", async () => {
    const reason = new ProxyError("total_timeout", "too slow");
    const controller = new AbortController();
    const origin = await serve(() => controller.abort(reason));
    expect(await failure(ask(origin, {}, controller.signal))).toBe(reason);
  });

  it("throws the reason when it is aborted in the middle of the list", async () => {
    const reason = new ProxyError("total_timeout", "too slow");
    const controller = new AbortController();
    const origin = await serve((_request, response) => {
      response.write("pine", () => controller.abort(reason));
    });
    expect(await failure(ask(origin, {}, controller.signal))).toBe(reason);
  });
});
