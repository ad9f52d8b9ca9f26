import { describe, expect, it } from "vitest";

import type { LoadBalancer, SelectionContext } from "../ports/load-balancer.ts";
import { makeEndpoint } from "./make.ts";

const contexts: readonly SelectionContext[] = [
  { model: "", affinity: undefined },
  { model: "llama3", affinity: undefined },
  { model: "llama3", affinity: { source: "session_header", key: "one" } },
  { model: "llama3", affinity: { source: "ip", key: "192.0.2.7" } },
];

/**
 * What every `LoadBalancer` keeps.
 *
 * @param make a new balancer for which every endpoint it is given may be selected
 */
export function describeLoadBalancer(make: () => LoadBalancer): void {
  describe("LoadBalancer contract", () => {
    const a = makeEndpoint({ slot: 0 });
    const b = makeEndpoint({ slot: 1 });
    const c = makeEndpoint({ slot: 2 });

    it("names its strategy in the words of the configuration", () => {
      expect(make().strategy).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    });

    it.each(contexts)("selects one of the candidates, by identity, for %j", (context) => {
      const balancer = make();
      const candidates = [a, b, c];
      for (let turn = 0; turn < 50; turn += 1) {
        const { endpoint } = balancer.selectEndpoint(candidates, context);
        expect(candidates.some((candidate) => candidate === endpoint)).toBe(true);
      }
    });

    it.each(contexts)("selects the only candidate for %j", (context) => {
      const balancer = make();
      for (const only of [a, b, c, a]) {
        expect(balancer.selectEndpoint([only], context).endpoint).toBe(only);
      }
    });

    it.each(contexts)(
      "never selects an endpoint that has left the candidates, for %j",
      (context) => {
        const balancer = make();
        for (let turn = 0; turn < 10; turn += 1) {
          const first = balancer.selectEndpoint([a, b, c], context).endpoint;
          const others = [a, b, c].filter((candidate) => candidate !== first);
          expect(others).toContain(balancer.selectEndpoint(others, context).endpoint);
        }
      },
    );

    it.each(contexts)("throws no_endpoint when there are no candidates, for %j", (context) => {
      const balancer = make();
      expect(() => balancer.selectEndpoint([], context)).toThrow(
        expect.objectContaining({ code: "no_endpoint" }),
      );
    });

    it.each(contexts)("previews what it then selects, and who would be next, for %j", (context) => {
      const balancer = make();
      for (let turn = 0; turn < 20; turn += 1) {
        const first = balancer.previewSelection([a, b, c], context, []);
        const others = [a, b, c].filter((candidate) => candidate !== first.endpoint);
        const second = balancer.previewSelection(others, context, [first.endpoint]).endpoint;
        expect(balancer.previewSelection([a, b, c], context, [])).toEqual(first);
        expect(first.scores.map(({ endpoint }) => endpoint)).toEqual([a, b, c]);
        const selected = balancer.selectEndpoint([a, b, c], context);
        expect(selected.endpoint).toBe(first.endpoint);
        expect(selected.sticky).toBe(first.sticky);
        expect(balancer.selectEndpoint(others, context).endpoint).toBe(second);
      }
    });

    it.each(contexts)(
      "selects the same whether it was asked for previews or not, %j",
      (context) => {
        const asked = make();
        const unasked = make();
        for (let turn = 0; turn < 20; turn += 1) {
          if (turn % 3 !== 0) asked.previewSelection([a, b, c], context, []);
          if (turn % 2 === 0) asked.previewSelection([c, a], context, [b]);
          const expected = unasked.selectEndpoint([a, b, c], context);
          expect(asked.selectEndpoint([a, b, c], context)).toEqual(expected);
        }
      },
    );

    it.each(contexts)("previews nothing when there are no candidates, for %j", (context) => {
      const balancer = make();
      expect(() => balancer.previewSelection([], context, [])).toThrow(
        expect.objectContaining({ code: "no_endpoint" }),
      );
    });

    it("leaves the array of candidates as it is", () => {
      const candidates = Object.freeze([c, a, b]);
      const balancer = make();
      for (const context of contexts) balancer.selectEndpoint(candidates, context);
      expect(candidates).toEqual([c, a, b]);
    });

    it("does not keep the array of candidates", () => {
      const balancer = make();
      const candidates = [a, b];
      for (const context of contexts) balancer.selectEndpoint(candidates, context);
      candidates.splice(0, 2, c);
      for (const context of contexts) {
        expect(balancer.selectEndpoint([a], context).endpoint).toBe(a);
      }
    });

    it("selects endpoints registered late, and goes on after one was removed", () => {
      const balancer = make();
      for (const endpoint of [a, b]) balancer.registerEndpoint(endpoint);
      for (const context of contexts) balancer.selectEndpoint([a, b], context);
      balancer.registerEndpoint(c);
      balancer.removeEndpoint(a);
      for (const context of contexts) {
        expect([b, c]).toContain(balancer.selectEndpoint([b, c], context).endpoint);
      }
    });

    it("takes the removal of an endpoint it was never told of", () => {
      const balancer = make();
      balancer.removeEndpoint(makeEndpoint({ slot: 40 }));
      expect(balancer.selectEndpoint([b], { model: "", affinity: undefined }).endpoint).toBe(b);
    });
  });
}
