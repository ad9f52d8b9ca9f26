import type { IncomingMessage, ServerResponse } from "node:http";

import type { Logger } from "@olla-ts/core/ports";

import type { AccessPolicy } from "../http/access-policy.ts";
import { targetOf } from "../http/head-fault.ts";
import { type DashboardAssets, HASHED, matchesTag, negotiate } from "./assets.ts";
import type { EventStreams } from "./event-streams.ts";
import { type LiveTopic, VIEWS } from "./live-topics.ts";

/** Where the page is. */
export const MOUNT = "/internal/ui";

/** Whether a request target belongs to the dashboard. */
export function isDashboardTarget(target: string): boolean {
  if (!target.startsWith(MOUNT)) return false;
  const next = target[MOUNT.length];
  return next === undefined || next === "/" || next === "?";
}

export interface DashboardOptions {
  readonly refusalOf: AccessPolicy;
  readonly assets: DashboardAssets;
  readonly topics: readonly LiveTopic[];
  readonly streams: EventStreams;
  readonly requestId: (request: IncomingMessage) => string;
  readonly log: Logger;
}

/** On every answer, refusals included. */
const HARDENING: readonly string[] = [
  "X-Content-Type-Options",
  "nosniff",
  "X-Frame-Options",
  "DENY",
  "Referrer-Policy",
  "no-referrer",
  "Cross-Origin-Resource-Policy",
  "same-origin",
  "Content-Security-Policy",
  [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; "),
];

/** How many times slower a page is served that nobody looks at. */
const HIDDEN_SLOWNESS = 10;

/** Answers everything at and below `/internal/ui`. */
export function createDashboardHandler(
  options: DashboardOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { refusalOf, assets, requestId, log } = options;
  return (request, response) => {
    const { method = "GET" } = request;
    const { pathname, query } = splitTarget(targetOf(request));
    const answer = new DashboardAnswer(response, requestId(request), method === "HEAD");
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      log.warn({ path: pathname, reason: refusal }, "Dashboard refused");
      answer.text(403, refusal);
      return;
    }
    if ("missing" in assets) {
      answer.text(503, assets.missing);
      return;
    }
    if (method !== "GET" && method !== "HEAD") {
      answer.text(405, `${method} is not allowed here; use GET.`, ["Allow", "GET, HEAD"]);
      return;
    }
    if (pathname === MOUNT) {
      answer.empty(307, ["Location", `${MOUNT}/`]);
      return;
    }
    const path = pathname.slice(MOUNT.length + 1);
    if (path.startsWith("api/")) serveReport(path, query, answer, options);
    else serveAsset(path, request, answer, assets);
  };
}

function splitTarget(target: string): { readonly pathname: string; readonly query: string } {
  const question = target.indexOf("?");
  return question === -1
    ? { pathname: target, query: "" }
    : { pathname: target.slice(0, question), query: target.slice(question + 1) };
}

function serveAsset(
  path: string,
  { headers }: IncomingMessage,
  answer: DashboardAnswer,
  { files, index }: Extract<DashboardAssets, { readonly index: unknown }>,
): void {
  // The page's own paths have no extension: its script shows what they stand for.
  const isPage = path === "" || (!path.includes(".") && !path.startsWith(HASHED));
  const asset = isPage ? index : files.get(path);
  if (asset === undefined) {
    answer.text(404, "404 page not found");
    return;
  }
  const { bytes, etag, coding } = negotiate(asset, headers["accept-encoding"] ?? "");
  const fields = ["Cache-Control", asset.cacheControl, "ETag", etag, "Vary", "Accept-Encoding"];
  const tags = headers["if-none-match"];
  if (tags !== undefined && matchesTag(tags, etag)) {
    answer.empty(304, fields);
    return;
  }
  if (coding !== undefined) fields.push("Content-Encoding", coding);
  answer.bytes(200, asset.contentType, bytes, fields);
}

function serveReport(
  path: string,
  query: string,
  answer: DashboardAnswer,
  { topics, streams }: DashboardOptions,
): void {
  const parameters = new URLSearchParams(query);
  const view = parameters.get("view") ?? "overview";
  const names = Object.hasOwn(VIEWS, view) ? VIEWS[view] : undefined;
  if ((path !== "api/events" && path !== "api/report") || names === undefined) {
    answer.text(404, "404 page not found");
    return;
  }
  const wanted = topics.filter(({ name }) => names.includes(name));
  if (path === "api/report") {
    const parts = wanted.map((topic) => `"${topic.name}":${topic.read(0).text}`);
    const body = Buffer.from(`{${parts.join(",")}}`);
    answer.bytes(200, "application/json", body, ["Cache-Control", "no-store"]);
    return;
  }
  if (streams.isFull()) {
    answer.text(503, "No further page can be kept up to date; ask for api/report.", [
      "Retry-After",
      "15",
    ]);
    return;
  }
  const slowness = parameters.get("pace") === "slow" ? HIDDEN_SLOWNESS : 1;
  answer.stream((response) => streams.open({ response, topics: wanted, slowness }));
}

/** One answer, with the fields that each carries. */
class DashboardAnswer {
  readonly #response: ServerResponse;
  readonly #isHead: boolean;
  readonly #own: readonly string[];

  constructor(response: ServerResponse, requestId: string, isHead: boolean) {
    this.#response = response;
    this.#isHead = isHead;
    this.#own = ["X-Olla-Request-ID", requestId, ...HARDENING];
  }

  bytes(status: number, contentType: string, body: Buffer, fields: readonly string[] = []): void {
    const head = [...this.#own, ...fields, "Content-Type", contentType];
    head.push("Content-Length", String(body.length));
    this.#response.writeHead(status, head);
    this.#response.end(this.#isHead ? undefined : body);
  }

  text(status: number, message: string, fields: readonly string[] = []): void {
    this.bytes(status, "text/plain; charset=utf-8", Buffer.from(`${message}\n`), fields);
  }

  empty(status: number, fields: readonly string[]): void {
    const length = status === 304 ? [] : ["Content-Length", "0"];
    this.#response.writeHead(status, [...this.#own, ...fields, ...length]).end();
  }

  stream(open: (response: ServerResponse) => void): void {
    this.#response.writeHead(200, [
      ...this.#own,
      "Content-Type",
      "text/event-stream",
      "Cache-Control",
      "no-store",
      // Asks proxies in front not to collect events (nginx, proxy_buffering).
      "X-Accel-Buffering",
      "no",
    ]);
    if (this.#isHead) this.#response.end();
    else open(this.#response);
  }
}
