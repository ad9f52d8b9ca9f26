import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

/** A request whose target and fields reach the gateway exactly as written, unlike those of `fetch`. */
export interface SentRequest {
  readonly method?: string;
  /** Request target as it stands in the request line. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent with its length; chunked when `chunked`. */
  readonly body?: string | Buffer;
  /** Sends the body without stating its length. */
  readonly chunked?: boolean;
  readonly signal?: AbortSignal;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

/** Sends a request on a connection of its own and resolves with the head of the answer. */
export async function open(
  url: string,
  { method = "GET", path, headers = {}, body, chunked = false, signal }: SentRequest,
): Promise<IncomingMessage> {
  const request = httpRequest(url, {
    method,
    path,
    headers: toHeaders(headers),
    agent: false,
    ...(signal !== undefined && { signal }),
  });
  const answered = once(request, "response");
  if (body !== undefined && !chunked) request.setHeader("Content-Length", Buffer.byteLength(body));
  if (chunked) request.setHeader("Transfer-Encoding", "chunked");
  request.end(body);
  const [response] = (await answered) as [IncomingMessage];
  return response;
}

/** Sends a request and reads the whole answer; rejects when the answer is cut. */
export async function send(url: string, request: SentRequest): Promise<Answer> {
  const response = await open(url, request);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    trailers: response.trailers,
    body,
    text: body.toString("utf8"),
  };
}

/** Sends a JSON body. */
export function postJson(
  url: string,
  path: string,
  value: unknown,
  headers: SentRequest["headers"] = {},
): Promise<Answer> {
  const body = JSON.stringify(value);
  return send(url, {
    method: "POST",
    path,
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** Every value of a field, in order; repeated fields stay apart. */
export function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase(),
  );
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function toHeaders(
  headers: NonNullable<SentRequest["headers"]>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : [...value],
    ]),
  );
}
