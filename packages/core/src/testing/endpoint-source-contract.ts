import { describe, expect, it, vi } from "vitest";

import type { EndpointSource, EndpointSpec } from "../ports/endpoint-source.ts";

/** A source, and what its suite needs to know of the world it looks at. */
export interface EndpointSourceUnderTest {
  readonly source: EndpointSource;
  /** Names of the endpoints it finds, in order. */
  readonly names: readonly string[];
  /**
   * Changes what the source looks at and resolves once it has told its watchers;
   * returns the new names. Left out by a source that never changes.
   */
  readonly change?: () => Promise<readonly string[]>;
}

/** What every {@link EndpointSource} keeps. */
export function describeEndpointSource(
  make: () => EndpointSourceUnderTest | Promise<EndpointSourceUnderTest>,
): void {
  describe("as an EndpointSource", () => {
    it("has a name for the log", async () => {
      const { source } = await make();
      expect(source.name).not.toBe("");
    });

    it("loads the complete set, in order", async () => {
      const { source, names } = await make();
      expect(namesOf(await source.load())).toEqual(names);
    });

    it("loads the same set again while nothing changes", async () => {
      const { source } = await make();
      const first = await source.load();
      expect(await source.load()).toEqual(first);
    });

    it("gives every endpoint a name of its own and an absolute http or https url", async () => {
      const { source } = await make();
      const endpoints = await source.load();
      expect(new Set(namesOf(endpoints)).size).toBe(endpoints.length);
      for (const { url } of endpoints) {
        const { protocol, username, password } = new URL(url);
        expect(["http:", "https:"]).toContain(protocol);
        expect(username + password).toBe("");
      }
    });

    it("tells nothing to a watcher while nothing changes", async () => {
      const { source } = await make();
      const changed = vi.fn<(endpoints: readonly EndpointSpec[]) => void>();
      using _watching = source.watch(changed);
      await source.load();
      expect(changed).not.toHaveBeenCalled();
    });

    it("lets a watcher stop twice", async () => {
      const { source } = await make();
      const watching = source.watch(() => undefined);
      watching[Symbol.dispose]();
      expect(() => watching[Symbol.dispose]()).not.toThrow();
    });

    it("tells watchers the complete new set, and loads it from then on", async ({ skip }) => {
      const { source, change } = await make();
      skip(change === undefined, "this source never changes");
      const changed = vi.fn<(endpoints: readonly EndpointSpec[]) => void>();
      using _watching = source.watch(changed);
      const names = (await change?.()) ?? [];
      expect(namesOf(changed.mock.lastCall?.[0] ?? [])).toEqual(names);
      expect(namesOf(await source.load())).toEqual(names);
    });

    it("tells nothing to a watcher that stopped", async ({ skip }) => {
      const { source, change } = await make();
      skip(change === undefined, "this source never changes");
      const stopped = vi.fn<(endpoints: readonly EndpointSpec[]) => void>();
      source.watch(stopped)[Symbol.dispose]();
      await change?.();
      expect(stopped).not.toHaveBeenCalled();
    });
  });
}

function namesOf(endpoints: readonly EndpointSpec[]): readonly string[] {
  return endpoints.map(({ name }) => name);
}
