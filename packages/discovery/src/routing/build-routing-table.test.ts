import { decideRoute, type Endpoint, type RoutingTable, upstreamModelName } from "@olla-ts/core";
import { makeEndpoint, makeIntent, makeProfile, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createModelRegistry } from "../registry/model-registry.ts";
import { buildRoutingTable, type RoutingTableInput } from "./build-routing-table.ts";

const A = makeEndpoint({ slot: 0, name: "a" });
const B = makeEndpoint({ slot: 1, name: "b" });
const C = makeEndpoint({ slot: 2, name: "c" });

/** Name, or name and digest separated by `@`, of every model per endpoint. */
type Lists = readonly (readonly [Endpoint, readonly string[]])[];

function build(lists: Lists, over: Partial<RoutingTableInput> = {}): RoutingTable {
  const registry = createModelRegistry({ clock: new ManualClock() });
  for (const [endpoint, names] of lists) {
    const models = names.map((text) => {
      const [name = "", digest] = text.split("@");
      return digest === undefined ? { name } : { name, digest };
    });
    registry.replaceModels(endpoint, models);
  }
  return buildRoutingTable({
    version: 7,
    endpoints: lists.map(([endpoint]) => endpoint),
    registry,
    aliases: {},
    profiles: new Map(),
    upstreamHeaders: new Map(),
    strategy: { type: "strict", fallback: "none", refreshOnMiss: false, refreshTimeoutMs: 2_000 },
    catalogued: true,
    ...over,
  });
}

function holders(table: RoutingTable, key: string): readonly string[] | undefined {
  return table.models.get(key)?.endpoints.map(({ name }) => name);
}

/** Where a request for the model goes, as `endpoint=name sent` (`=` alone: as the client spelled it). */
function routed(table: RoutingTable, model: string): readonly string[] {
  const everyone = {
    isRoutable: () => true,
    isDraining: () => false,
    status: () => "healthy" as const,
  };
  const decision = decideRoute(makeIntent({ model }), table, everyone);
  if (decision.action === "rejected") return [decision.reason];
  return decision.candidates.map(
    (endpoint) => `${endpoint.name}=${upstreamModelName(decision, endpoint) ?? ""}`,
  );
}

describe("buildRoutingTable", () => {
  it("hands on what it does not make itself", () => {
    const upstreamHeaders = new Map([[0, ["Authorization", "Bearer x"]]]);
    const table = build([[A, []]], { upstreamHeaders, catalogued: false });
    expect(table).toMatchObject({ version: 7, endpoints: [A], catalogued: false });
    expect(table.upstreamHeaders).toBe(upstreamHeaders);
    expect(table.strategy.type).toBe("strict");
  });

  it("makes a table that can be sent to another thread", () => {
    const profiles = new Map([["openai-compatible", makeProfile()]]);
    const table = build(
      [
        [A, ["Pine", "fir:latest", "oak@1"]],
        [B, ["pine", "oak@2"]],
      ],
      { aliases: { chat: ["pine"] }, profiles },
    );
    expect(structuredClone(table)).toEqual(table);
  });

  describe("models", () => {
    it("RT-18 C15 finds a mixed-case model in any case, on every endpoint that lists it", () => {
      const table = build([
        [A, ["Qwen/Qwen3-8B"]],
        [B, ["other"]],
        [C, ["qwen/qwen3-8b"]],
      ]);
      expect(holders(table, "qwen/qwen3-8b")).toEqual(["a", "c"]);
      expect(table.models.get("qwen/qwen3-8b")?.name).toBe("Qwen/Qwen3-8B");
    });

    it("RT-15 lets the client's spelling stand where only the case differs", () => {
      const table = build([[A, ["Qwen3"]]]);
      expect(routed(table, "qWEN3")).toEqual(["a="]);
    });

    it("R6 keeps endpoints in configuration order, whatever the order of reports", () => {
      const registry = createModelRegistry({ clock: new ManualClock() });
      for (const endpoint of [B, A]) registry.replaceModels(endpoint, [{ name: "pine" }]);
      const table = build([], { registry, endpoints: [C, A, B] });
      expect(holders(table, "pine")).toEqual(["a", "b"]);
    });

    it("RT-58 leads nobody to a model or an endpoint that is gone", () => {
      const registry = createModelRegistry({ clock: new ManualClock() });
      registry.replaceModels(A, [{ name: "pine" }]);
      registry.replaceModels(B, [{ name: "pine" }]);
      registry.replaceModels(A, []);
      const table = build([], { registry, endpoints: [A] });
      expect(table.models.size).toBe(0);
    });

    it("uses the endpoint as it is configured now", () => {
      const registry = createModelRegistry({ clock: new ManualClock() });
      registry.replaceModels(A, [{ name: "pine" }]);
      const changed = { ...A, priority: 7 };
      const table = build([], { registry, endpoints: [changed] });
      expect(table.models.get("pine")?.endpoints[0]).toBe(changed);
    });

    it("RT-60 leads each name of one digest to the endpoints that list it", () => {
      const table = build([
        [A, ["pine:7b@d"]],
        [B, ["fir:7b@d"]],
      ]);
      expect(holders(table, "pine:7b")).toEqual(["a"]);
      expect(holders(table, "fir:7b")).toEqual(["b"]);
    });

    it("RT-61 uses both endpoints for one name with two digests", () => {
      const table = build([
        [A, ["pine@aaaa"]],
        [B, ["pine@bbbb"]],
      ]);
      expect(routed(table, "pine")).toEqual(["a=", "b="]);
    });

    it("leads the catalogue's id of one of two such models to that one", () => {
      const table = build([
        [A, ["pine@aaaa"]],
        [B, ["pine@bbbb"]],
      ]);
      expect(routed(table, "pine-bbbb")).toEqual(["b=pine"]);
    });

    it("takes the statistics row of a name from the registry", () => {
      const table = build([[A, ["pine", "fir@d", "ash@d"]]]);
      const slots = ["pine", "fir", "ash"].map((key) => table.models.get(key)?.slot);
      expect(slots).toEqual([0, 1, 2]);
    });

    it("lists an endpoint once, though it lists a name in two spellings", () => {
      expect(holders(build([[A, ["Pine", "pine"]]]), "pine")).toEqual(["a"]);
    });
  });

  describe("tags", () => {
    it("PV-46 leads a bare name to the latest tag, and sends the tag", () => {
      const table = build([
        [A, ["Llama3:latest"]],
        [B, ["llama3:LATEST", "llama3:8b"]],
      ]);
      expect(routed(table, "LLAMA3")).toEqual(["a=Llama3:latest", "b=llama3:LATEST"]);
      expect(routed(table, "llama3:latest")).toEqual(["a=", "b="]);
    });

    it("PV-46 prefers the exact name", () => {
      const table = build([
        [A, ["llama3:latest"]],
        [B, ["llama3"]],
      ]);
      expect(routed(table, "llama3")).toEqual(["b="]);
    });

    it("counts a bare name for the tagged model", () => {
      const table = build([[A, ["oak", "llama3:latest"]]]);
      expect(table.models.get("llama3")?.slot).toBe(table.models.get("llama3:latest")?.slot);
    });

    it("makes nothing of a tag without a name", () => {
      expect([...build([[A, [":latest"]]]).models.keys()]).toEqual([":latest"]);
    });
  });

  describe("aliases", () => {
    const lists: Lists = [
      [A, ["meta/Llama", "llama.gguf"]],
      [B, ["llama.gguf"]],
      [C, ["other"]],
    ];

    it("RT-64 HP-39 sends each endpoint the first listed model which it serves", () => {
      const aliases = { chat: ["meta/llama", "llama.gguf"] };
      expect(routed(build(lists, { aliases }), "chat")).toEqual(["a=meta/Llama", "b=llama.gguf"]);
    });

    it("C14 finds an alias in any case", () => {
      const aliases = { "My-Alias": ["other"] };
      const table = build(lists, { aliases });
      expect(routed(table, "mY-aLIAS")).toEqual(["c=other"]);
      expect(table.aliases.get("my-alias")?.name).toBe("My-Alias");
    });

    it("sends each endpoint its own spelling, for the client spelled the alias", () => {
      const table = build(
        [
          [A, ["Qwen"]],
          [B, ["qwen"]],
        ],
        { aliases: { chat: ["QWEN"] } },
      );
      expect(routed(table, "chat")).toEqual(["a=Qwen", "b=qwen"]);
    });

    it("follows the latest tag", () => {
      const table = build([[A, ["pine:latest"]]], { aliases: { chat: ["pine"] } });
      expect(routed(table, "chat")).toEqual(["a=pine:latest"]);
    });

    it("may name itself beside others, meaning the real model", () => {
      const table = build(lists, { aliases: { other: ["meta/Llama", "other"] } });
      expect(routed(table, "other")).toEqual(["a=meta/Llama", "c=other"]);
    });

    it("hides a real model of its name that it does not list", () => {
      expect(routed(build(lists, { aliases: { other: ["llama.gguf"] } }), "other")).toEqual([
        "a=llama.gguf",
        "b=llama.gguf",
      ]);
    });

    it("RT-65 is left out without targets, so that its name is treated as any other", () => {
      const table = build(lists, { aliases: { chat: ["nobody-has-this"], other: ["nor-this"] } });
      expect(table.aliases.size).toBe(0);
      expect(routed(table, "chat")).toEqual(["model_not_found"]);
      expect(routed(table, "other")).toEqual(["c="]);
    });

    it("does not lead to another alias", () => {
      const table = build(lists, { aliases: { one: ["other"], two: ["one"] } });
      expect(routed(table, "two")).toEqual(["model_not_found"]);
    });
  });
});
