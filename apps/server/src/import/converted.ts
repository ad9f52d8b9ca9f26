import { isRecord } from "../config/yaml-source.ts";

/** One entry of `discovery.static.endpoints`. */
export interface ImportedEndpoint {
  readonly name: string;
  readonly url: string;
  readonly type: string;
  readonly preserve_path?: boolean;
  readonly auth?: { readonly type: "bearer"; readonly token: string };
  readonly model_filter?: { readonly include: readonly string[] };
}

/** A configuration of olla, as far as another program's file says. */
export interface Converted {
  readonly config: {
    readonly proxy?: Readonly<Record<string, unknown>>;
    readonly discovery: { readonly static: { readonly endpoints: readonly ImportedEndpoint[] } };
    readonly model_aliases?: Readonly<Record<string, readonly string[]>>;
  };
  /** What was left out or has to be done, one sentence each. Never holds a secret. */
  readonly notes: readonly string[];
}

/** Address of a server as an endpoint has it: without the API's version and the slash behind it. */
export function endpointAddress(
  written: string,
): { readonly url: string; readonly preservePath: boolean } | undefined {
  const parsed = URL.parse(written);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "")
    return undefined;
  const path = parsed.pathname.replace(/(?:\/v1)?(?:\/(?:chat\/)?completions)?\/*$/, "");
  return { url: parsed.origin + path, preservePath: path !== "" };
}

/** Text of a value, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The part of an address that can name an endpoint. */
export function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`.replaceAll(/[^A-Za-z0-9.]+/g, "-").replaceAll(/^-|-$/g, "");
}
