import type { z } from "zod";

import { loadConfig } from "../config/load.ts";
import { locateConfig } from "../config/locate.ts";
import { CommandFailure, EXIT } from "./command-failure.ts";
import type { GatewayChoice } from "./parse-arguments.ts";
import type { CommandWorld } from "./world.ts";

/** No document of a gateway takes longer. */
const ANSWER_WAIT_MS = 15_000;

export interface GatewayQuestion {
  /** Path and query. */
  readonly path: string;
  /** Makes it a POST. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Address of the gateway: the one that was named, else host and port of the configuration. */
export function gatewayUrl(
  { url, configPath }: GatewayChoice,
  { env, cwd }: Pick<CommandWorld, "env" | "cwd">,
): string {
  if (url !== undefined) return checkedUrl(url);
  const { server } = loadConfig(locateConfig({ named: configPath, env, cwd }), env).config;
  const isEverywhere = server.host === "0.0.0.0" || server.host === "::";
  const host = isEverywhere ? "localhost" : server.host.replace(/^\[|\]$/g, "");
  return `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
}

function checkedUrl(written: string): string {
  const parsed = URL.parse(written.includes("://") ? written : `http://${written}`);
  if (parsed !== null && /^https?:$/.test(parsed.protocol))
    return parsed.origin + parsed.pathname.replace(/\/+$/, "");
  throw new CommandFailure(
    `--url: "${written}" is not an address; write http://host:port`,
    EXIT.usage,
  );
}

/**
 * Asks the gateway for a JSON document.
 *
 * @throws CommandFailure when there is none
 */
export async function askGateway(
  url: string,
  { path, body, headers = {} }: GatewayQuestion,
): Promise<unknown> {
  const { status, text } = await answerOf(url, path, {
    headers: { accept: "application/json", ...headers },
    ...(body !== undefined && { method: "POST", body }),
    signal: AbortSignal.timeout(ANSWER_WAIT_MS),
  });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new CommandFailure(
      `${url} answers ${status}, but is no gateway that knows ${path.split("?", 1)[0] ?? path}`,
      EXIT.unreachable,
    );
  }
  if (status < 400) return document;
  throw new CommandFailure(messageIn(document) ?? `${url} answers with status ${status}`);
}

/**
 * A document in the form that a command shows.
 *
 * @throws CommandFailure when it has another form, as that of another version may have
 */
export function readDocument<Schema extends z.ZodType>(
  schema: Schema,
  document: unknown,
): z.output<Schema> {
  const read = schema.safeParse(document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  throw new CommandFailure(
    `the answer has a form that is not known${where}; is it of another version? --json prints it`,
  );
}

async function answerOf(
  url: string,
  path: string,
  init: RequestInit,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url + path, init);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CommandFailure(
      `no gateway answers at ${url} (${reasonOf(error)}); start one with olla, or name another with --url`,
      EXIT.unreachable,
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `nothing within ${ANSWER_WAIT_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error.message;
}

function messageIn(document: unknown): string | undefined {
  const error = field(document, "error");
  const message = field(error, "message");
  return typeof message === "string" ? message : undefined;
}

/** A field of an object; undefined where there is none. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
