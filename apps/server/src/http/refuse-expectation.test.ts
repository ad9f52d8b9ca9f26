import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";

import { refuseExpectation } from "./refuse-expectation.ts";

it("answers an unknown expectation with 417 in JSON and the request's id", async () => {
  const server = createServer(() => {});
  server.on(
    "checkExpectation",
    refuseExpectation(() => 0),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const sent = request({
    port,
    host: "127.0.0.1",
    method: "POST",
    path: "/olla/openai/v1/chat/completions",
    headers: { expect: "miracle", "x-request-id": "mine" },
  });
  sent.end("{}");
  const [response] = await once(sent, "response");
  expect(response.statusCode).toBe(417);
  expect(response.headers["x-olla-request-id"]).toBe("mine");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
    error: { code: "invalid_request", message: expect.stringContaining("100-continue") },
  });
});
