import { type Endpoint, type HeaderList, type Model, ProxyError, withQuery } from "@olla-ts/core";

import { readBoundedText } from "./bounded-body.ts";
import { toFetchError } from "./fetch-error.ts";

/** Settings of the client that reads model lists. */
export interface ModelListClientOptions {
  /** Must not obey proxy variables: endpoints are addressed directly. */
  readonly fetch: typeof globalThis.fetch;
  /** Fields set on every request to an endpoint, credentials included. */
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
  /** Query parameters set on every request to an endpoint, encoded. Default none. */
  readonly queryFor?: (endpoint: Endpoint) => string;
  /** Reads the list that an endpoint of this type sends. */
  readonly parseModelList: (type: string, body: string) => readonly Model[];
  /** Of the gateway, for `User-Agent`. */
  readonly version: string;
  /** Largest list read. Default 10 MiB. */
  readonly maxBytes?: number;
}

/** Same-origin redirects followed before giving up. */
const MAX_REDIRECTS = 3;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Makes the function that asks an endpoint for its models.
 *
 * Only status 200 counts. A redirect is followed within the endpoint's origin
 * and refused elsewhere, so that credentials stay where they belong.
 *
 * The function throws ProxyError: `upstream_error` with the status for any other
 * answer, `upstream_protocol` for a list that is too large or unreadable, and
 * the connection's failure otherwise.
 */
export function createModelListClient({
  fetch,
  headersFor,
  queryFor = () => "",
  parseModelList,
  version,
  maxBytes = 10 * 1024 * 1024,
}: ModelListClientOptions): (endpoint: Endpoint, signal: AbortSignal) => Promise<readonly Model[]> {
  async function get(url: string, headers: Headers, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(url, { headers, signal, redirect: "manual" });
    } catch (error) {
      signal.throwIfAborted();
      throw toFetchError(error);
    }
  }

  async function follow(endpoint: Endpoint, signal: AbortSignal): Promise<Response> {
    const headers = toHeaders(headersFor(endpoint), version);
    let url = withQuery(endpoint.modelsUrl, queryFor(endpoint));
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await get(url, headers, signal);
      if (!REDIRECTS.has(response.status)) return response;
      await response.body?.cancel();
      url = redirectTarget(response, url);
    }
    throw new ProxyError("upstream_error", "The model list redirects too often.");
  }

  return async (endpoint, signal) => {
    const response = await follow(endpoint, signal);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw refused(response.status);
    }
    const body = await readBody(response, maxBytes, signal);
    return parse(() => parseModelList(endpoint.type, body));
  };
}

async function readBody(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await readBoundedText(response, maxBytes);
  } catch (error) {
    signal.throwIfAborted();
    throw toFetchError(error);
  }
}

function parse(read: () => readonly Model[]): readonly Model[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    throw new ProxyError("upstream_protocol", "The model list could not be read.", {
      cause: error,
    });
  }
}

/** The gateway's own fields first, so that configured ones replace them. */
function toHeaders(configured: HeaderList, version: string): Headers {
  const headers = new Headers({
    accept: "application/json",
    "user-agent": `olla-Discovery/${version}`,
  });
  const replaced = new Set<string>();
  for (let index = 0; index + 1 < configured.length; index += 2) {
    const name = configured[index]?.toLowerCase() ?? "";
    const value = configured[index + 1] ?? "";
    if (replaced.has(name)) headers.append(name, value);
    else headers.set(name, value);
    replaced.add(name);
  }
  return headers;
}

function redirectTarget(response: Response, from: string): string {
  const location = response.headers.get("location");
  const target = location === null ? null : URL.parse(location, from);
  if (target === null || target.origin !== new URL(from).origin) {
    throw new ProxyError("upstream_error", "The model list redirects to another origin.", {
      status: response.status,
    });
  }
  return target.href;
}

function refused(status: number): ProxyError {
  const advice = status === 401 || status === 403 ? "; check the endpoint's credentials" : "";
  return new ProxyError(
    "upstream_error",
    `The model list was answered with status ${status}${advice}.`,
    { status },
  );
}
