import { type Affinity, type Intent, ProxyError } from "@olla-ts/core";

import { ANTHROPIC, requireModel } from "./anthropic-request.ts";
import type { BodyMemory } from "./body-memory.ts";
import { scanBody } from "./body-scanner.ts";
import type { Exchange } from "./exchange.ts";
import { inspect } from "./inspect.ts";
import type { Inspector } from "./inspection.ts";
import type { PathRules } from "./path-rules.ts";
import type { ProxyRoute } from "./proxy-route.ts";
import type { Question } from "./question.ts";
import { readBody } from "./read-body.ts";

/** What sticky routing may look at to tell conversations apart. */
export interface AffinityFacts {
  readonly sessionId: string | undefined;
  readonly authorization: string | undefined;
  readonly clientAddress: string;
  /** The body as text; read only when a source needs it. */
  readonly bodyText: () => string | undefined;
}

export interface IdentifyOptions {
  /** Largest body in bytes; 0 or less is unlimited. */
  readonly maxBodyBytes: number;
  /** Largest body of the Anthropic API, in bytes. */
  readonly maxMessageBytes: number;
  readonly bodyMemory: BodyMemory;
  /** Undefined when sticky sessions are off. */
  readonly readAffinity: ((facts: AffinityFacts) => Affinity | undefined) | undefined;
  /** Undefined when nothing is inspected. */
  readonly inspector: Inspector | undefined;
  readonly pathRules: PathRules;
}

const MAX_MODEL_LENGTH = 512;

/**
 * Second step: what is asked. Takes the whole body, since routing needs a look
 * into it and a retry needs all of it, but parses none.
 *
 * @throws ProxyError when the body is too large or the client leaves
 */
export async function identify(exchange: Exchange, options: IdentifyOptions): Promise<Intent> {
  const { bodyMemory, readAffinity, inspector, pathRules } = options;
  const { request, route } = exchange;
  exchange.body = await readBody(request, bodyLimit(route, options), bodyMemory);
  scan(exchange);
  if (inspector !== undefined) inspect(exchange, inspector);
  const intent = toIntent(exchange, { readAffinity, pathRules });
  exchange.intent = intent;
  return intent;
}

/** Largest body of a request to this route, in bytes; 0 or less is unlimited. */
export function bodyLimit(
  { prefix }: ProxyRoute,
  { maxBodyBytes, maxMessageBytes }: Pick<IdentifyOptions, "maxBodyBytes" | "maxMessageBytes">,
): number {
  return prefix === ANTHROPIC ? lower(maxBodyBytes, maxMessageBytes) : maxBodyBytes;
}

/** Looks into the body for what routing needs. */
export function scan(question: Question): void {
  const { body, request } = question;
  if (body !== undefined && isJson(request.headers["content-type"])) {
    question.bodyFacts = scanBody(body);
  }
}

/**
 * What is asked, once the body was looked into.
 *
 * @throws ProxyError `invalid_request` when there is no way to route it
 */
export function toIntent(
  exchange: Question,
  { readAffinity, pathRules }: Pick<IdentifyOptions, "readAffinity" | "pathRules">,
): Intent {
  const { route, table } = exchange;
  if (route.prefix === ANTHROPIC) requireModel(exchange);
  refuseLongModel(exchange.bodyFacts?.model);
  return {
    scope: route.scope,
    path: route.path,
    query: route.query,
    operation: table.pathOperations.get(route.path),
    model: routableModel(exchange, pathRules),
    stream: exchange.bodyFacts?.stream ?? false,
    affinity: readAffinity?.(affinityFacts(exchange)),
  };
}

/** The model to route by: whoever has a model pulled names one that no endpoint lists yet. */
function routableModel(
  { bodyFacts, route, table }: Question,
  pathRules: PathRules,
): string | undefined {
  const model = bodyFacts?.model;
  if (model === undefined || table.pathOperations.has(route.path)) return model;
  const isListed = table.models.has(model.toLowerCase()) || table.aliases.has(model.toLowerCase());
  return !isListed && pathRules.isAllowedAdmin(route.path) ? undefined : model;
}

/** No model has such a name, and it would be repeated in headers, errors and logs. */
function refuseLongModel(model: string | undefined): void {
  if (model === undefined || model.length <= MAX_MODEL_LENGTH) return;
  throw new ProxyError(
    "invalid_request",
    `model: must not be longer than ${MAX_MODEL_LENGTH} characters`,
  );
}

/** The lower of two limits of which 0 or less is none. */
function lower(a: number, b: number): number {
  if (a <= 0) return b;
  return b <= 0 ? a : Math.min(a, b);
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && contentType.toLowerCase().includes("application/json");
}

function affinityFacts({ request, clientAddress, body }: Question): AffinityFacts {
  const { headers } = request;
  const sessionId = headers["x-olla-session-id"];
  return {
    sessionId: typeof sessionId === "string" ? sessionId : undefined,
    authorization: headers.authorization,
    clientAddress,
    bodyText: () => body?.toString("utf8"),
  };
}
