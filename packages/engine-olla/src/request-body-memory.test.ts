import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { expect, it } from "vitest";

import { EngineKit, makeRequest } from "./testing/engine-kit.ts";

/** More than the system takes in before anybody reads. */
const BODY_BYTES = 24 * 1_024 * 1_024;

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

/** How many of the bytes that come until the connection ends are others than `byte`. */
async function countOthers(socket: Socket, byte: number): Promise<number> {
  let others = 0;
  socket.on("data", (data) => {
    for (const one of data) if (one !== byte) others += 1;
  });
  socket.resume();
  await once(socket, "close");
  return others;
}

it("reads no byte of a request's body once it says so, where an early answer left most of it unsent", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    });
  });
  const endpoint = makeEndpoint({ url: `http://127.0.0.1:${await portOf(server)}` });
  await using kit = new EngineKit(new ManualClock());
  const body = Buffer.alloc(BODY_BYTES, "a");
  const request = makeRequest([endpoint], {
    toUpstream: () => ({ method: "POST", path: "/", headers: [], body }),
  });
  const response = await kit.start().processRequest(request);
  expect(response.requestBodyReleased?.()).toBe(false);
  sockets[0]?.write("k");
  let answer = "";
  for await (const chunk of response.body) answer += Buffer.from(chunk).toString();
  expect(answer).toBe("ok");
  expect(response.requestBodyReleased?.()).toBe(true);
  body.fill("b");
  const [socket] = sockets;
  expect(socket === undefined ? -1 : await countOthers(socket, 0x61)).toBe(0);
  server.close();
});
