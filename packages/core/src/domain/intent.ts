import type { Operation } from "./provider-profile.ts";
import type { ProviderScope } from "./routing-table.ts";

/** What a request wants, read from its path, its headers and a bounded look into its body. */
export interface Intent {
  /** Restriction of a `/olla/<prefix>/` route; undefined on `/olla/proxy/`. */
  readonly scope: ProviderScope | undefined;
  /** Path behind the route prefix, raw as the client sent it, without query. */
  readonly path: string;
  /** `?…` as sent, or empty. */
  readonly query: string;
  readonly operation: Operation | undefined;
  /** Trimmed, in the client's spelling; undefined when the request names none. */
  readonly model: string | undefined;
  /** Whether the body asks for a streamed answer. */
  readonly stream: boolean;
  /** Key under which sticky routing remembers this conversation. */
  readonly affinity: Affinity | undefined;
}

/** Why two requests belong together. */
export interface Affinity {
  readonly source: "session_header" | "prefix_hash" | "auth_header" | "ip";
  /** Opaque; hashed before it is stored. */
  readonly key: string;
}
