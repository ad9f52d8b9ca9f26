import { createHash } from "node:crypto";
import { extname } from "node:path";

import type { PageFiles } from "./page-files.ts";

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

/** The built page, with what was compressed when it was built. */
export function toAssets({ place, files: built }: PageFiles): DashboardAssets {
  const files = new Map<string, Asset>();
  for (const [path, bytes] of built) {
    if (!CODED.test(path)) files.set(path, toAsset(path, bytes, built));
  }
  const index = files.get("index.html");
  if (index === undefined) {
    return { missing: `The dashboard was not built: ${place} has no index.html.` };
  }
  return { files, index };
}

function toAsset(path: string, bytes: Buffer, built: PageFiles["files"]): Asset {
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  return {
    contentType: CONTENT_TYPES[extname(path)] ?? "application/octet-stream",
    cacheControl: cacheControl(path),
    identity: { bytes, etag: `"${digest}"` },
    // A strong tag names bytes, so that each coding has its own (RFC 9110, 8.8.3.3).
    gzip: toVariant(built.get(`${path}.gz`), `"${digest}-gzip"`),
    br: toVariant(built.get(`${path}.br`), `"${digest}-br"`),
  };
}

function toVariant(bytes: Buffer | undefined, etag: string): Variant | undefined {
  return bytes === undefined ? undefined : { bytes, etag };
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
