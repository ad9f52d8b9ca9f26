import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

/** The same content under one coding. */
interface Variant {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** One file of the page. */
export interface Asset {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly identity: Variant;
  readonly gzip: Variant | undefined;
  readonly br: Variant | undefined;
}

/** The page's files by their path below the mount, or why there are none. */
export type DashboardAssets =
  | { readonly files: ReadonlyMap<string, Asset>; readonly index: Asset }
  | { readonly missing: string };

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** Folder of files whose names carry a hash of their content. */
export const HASHED = "assets/";

const CODED = /\.(?:gz|br)$/;

/** Reads the built page into memory, with what was compressed when it was built. */
export function loadAssets(directory: string): DashboardAssets {
  const files = new Map<string, Asset>();
  try {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || CODED.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const path = relative(directory, file).split(sep).join("/");
      files.set(path, readAsset(file, path));
    }
  } catch {
    return { missing: `The dashboard was not built: ${directory} cannot be read.` };
  }
  const index = files.get("index.html");
  if (index === undefined) {
    return { missing: `The dashboard was not built: ${directory} has no index.html.` };
  }
  return { files, index };
}

function readAsset(file: string, path: string): Asset {
  const bytes = readFileSync(file);
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  return {
    contentType: CONTENT_TYPES[extname(path)] ?? "application/octet-stream",
    cacheControl: cacheControl(path),
    identity: { bytes, etag: `"${digest}"` },
    // A strong tag names bytes, so that each coding has its own (RFC 9110, 8.8.3.3).
    gzip: readVariant(`${file}.gz`, `"${digest}-gzip"`),
    br: readVariant(`${file}.br`, `"${digest}-br"`),
  };
}

function readVariant(file: string, etag: string): Variant | undefined {
  try {
    return { bytes: readFileSync(file), etag };
  } catch {
    return undefined;
  }
}

function cacheControl(path: string): string {
  if (path.startsWith(HASHED)) return "public, max-age=31536000, immutable";
  return path === "index.html" ? "no-cache" : "public, max-age=3600";
}

/** The variant that an `Accept-Encoding` prefers (RFC 9110, 12.5.3). */
export function negotiate(
  { identity, gzip, br }: Asset,
  acceptEncoding: string,
): Variant & { readonly coding: string | undefined } {
  if (br !== undefined && accepts(acceptEncoding, "br")) return { ...br, coding: "br" };
  if (gzip !== undefined && accepts(acceptEncoding, "gzip")) return { ...gzip, coding: "gzip" };
  return { ...identity, coding: undefined };
}

function accepts(acceptEncoding: string, coding: string): boolean {
  let wildcard = false;
  for (const item of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    const isRefused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    if (name === coding) return !isRefused;
    if (name === "*") wildcard = !isRefused;
  }
  return wildcard;
}

/** Whether an `If-None-Match` names this tag. */
export function matchesTag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
