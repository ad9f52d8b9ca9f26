import type { IncomingMessage, ServerResponse } from "node:http";

import type { HeaderList } from "@olla-ts/core";

/** Cross-origin rules of `server.cors`. */
export interface CorsRules {
  /** `*`, or origins with at most one `*` in each. */
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  /** `*` allows whatever is asked for. */
  readonly allowedHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds: number;
}

export interface Cors {
  /** Answers a preflight request. False for any other request, which goes on. */
  readonly answerPreflight: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Fields that every other answer carries. */
  readonly fieldsFor: (request: IncomingMessage) => HeaderList;
}

/** Fields that scripts may read unless the configuration names others. */
export const EXPOSED_BY_DEFAULT: readonly string[] = [
  "X-Olla-Request-ID",
  "X-Olla-Endpoint",
  "X-Olla-Backend-Type",
  "X-Olla-Model",
  "X-Olla-Response-Time",
  "X-Olla-Routing-Strategy",
  "X-Olla-Routing-Decision",
  "X-Olla-Routing-Reason",
  "X-Olla-Sticky-Session",
  "X-Olla-Sticky-Key-Source",
  "X-Olla-Session-ID",
  "X-Olla-Mode",
];

const PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/** Lets browsers of the allowed origins use the gateway (Fetch standard, CORS protocol). */
export function createCors(rules: CorsRules): Cors {
  const anyOrigin = rules.allowedOrigins.includes("*");
  const matchers = rules.allowedOrigins.map((pattern) => originMatcher(pattern));
  const anyHeader = rules.allowedHeaders.includes("*");
  const headers = new Set(rules.allowedHeaders.map((name) => name.toLowerCase()));
  const methods = new Set(rules.allowedMethods.map((name) => name.toUpperCase()));
  const exposed = rules.exposedHeaders.length > 0 ? rules.exposedHeaders : EXPOSED_BY_DEFAULT;

  /** The value that allows the request's origin; undefined when it is not allowed. */
  function allowedOrigin({ headers: { origin } }: IncomingMessage): string | undefined {
    if (origin === undefined || !matchers.some((matches) => matches(origin))) return undefined;
    return anyOrigin && !rules.allowCredentials ? "*" : origin;
  }

  function preflightFields(request: IncomingMessage, method: string): HeaderList {
    const origin = allowedOrigin(request);
    const asked = request.headers["access-control-request-headers"] ?? "";
    const names = asked.split(",").map((name) => name.trim().toLowerCase());
    const headersAllowed = anyHeader || names.every((name) => name === "" || headers.has(name));
    if (origin === undefined || !methods.has(method.toUpperCase()) || !headersAllowed) return [];
    return [
      ...originFields(origin),
      "Access-Control-Allow-Methods",
      method,
      ...(asked === "" ? [] : ["Access-Control-Allow-Headers", asked]),
      "Access-Control-Max-Age",
      String(rules.maxAgeSeconds),
    ];
  }

  function originFields(origin: string): string[] {
    const fields = ["Access-Control-Allow-Origin", origin];
    if (rules.allowCredentials) fields.push("Access-Control-Allow-Credentials", "true");
    return fields;
  }

  return {
    answerPreflight(request, response) {
      const method = request.headers["access-control-request-method"];
      if (request.method !== "OPTIONS" || method === undefined) return false;
      response.writeHead(204, ["Vary", PREFLIGHT_VARY, ...preflightFields(request, method)]);
      response.end();
      return true;
    },
    fieldsFor(request) {
      const origin = allowedOrigin(request);
      if (origin === undefined) return ["Vary", "Origin"];
      return [
        ...originFields(origin),
        "Access-Control-Expose-Headers",
        exposed.join(", "),
        "Vary",
        "Origin",
      ];
    },
  };
}

function originMatcher(pattern: string): (origin: string) => boolean {
  const lower = pattern.toLowerCase();
  const star = lower.indexOf("*");
  if (star === -1) return (origin) => origin.toLowerCase() === lower;
  const start = lower.slice(0, star);
  const end = lower.slice(star + 1);
  return (origin) =>
    origin.length >= start.length + end.length &&
    origin.toLowerCase().startsWith(start) &&
    origin.toLowerCase().endsWith(end);
}
