/** The parts of an endpoint's address that requests are built from. */
export interface EndpointUrl {
  /** Without user info, query, fragment and trailing slash. */
  readonly url: string;
  readonly origin: string;
  /** Empty or `/base`. */
  readonly basePath: string;
}

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** @throws RangeError when it is not an absolute `http:` or `https:` URL, or holds user info */
export function parseEndpointUrl(text: string): EndpointUrl {
  const parsed = parseHttpUrl(text);
  if (parsed.username !== "" || parsed.password !== "") {
    // The text itself is left out: it holds the credentials.
    throw new RangeError("endpoint url must not hold user info; use auth instead");
  }
  const basePath = collapseSlashes(parsed.pathname).replace(/\/$/, "");
  return { url: parsed.origin + basePath, origin: parsed.origin, basePath };
}

/**
 * The absolute address of a probe or model list.
 *
 * @param reference an absolute URL, used as it is, or a path with optional query
 * below the endpoint's base path: `/health?deep=1`
 * @throws RangeError when `reference` is absolute and not `http:` or `https:`
 */
export function resolveEndpointUrl({ url, origin }: EndpointUrl, reference: string): string {
  if (HAS_SCHEME.test(reference)) {
    parseHttpUrl(reference);
    return reference;
  }
  const [beforeFragment = ""] = reference.split("#", 1);
  const queryStart = beforeFragment.indexOf("?");
  const path = queryStart === -1 ? beforeFragment : beforeFragment.slice(0, queryStart);
  const query = queryStart === -1 ? "" : beforeFragment.slice(queryStart);
  const basePath = url.slice(origin.length);
  return new URL(origin + collapseSlashes(`${basePath}/${path}`) + query).href;
}

function parseHttpUrl(text: string): URL {
  const parsed = URL.parse(text);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new RangeError(`"${withoutUserInfo(text)}" is not an absolute http or https URL`);
  }
  return parsed;
}

/** A message must not repeat a password, not even one that is misplaced. */
function withoutUserInfo(text: string): string {
  return text.slice(text.lastIndexOf("@") + 1);
}

function collapseSlashes(path: string): string {
  return path.replaceAll(/\/{2,}/g, "/");
}
