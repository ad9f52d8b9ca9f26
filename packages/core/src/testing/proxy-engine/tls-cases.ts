import { getCACertificates, setDefaultCACertificates } from "node:tls";

import { expect } from "vitest";

import { expectFlawless } from "./connection-cases.ts";
import type { ContractCase } from "./engine-harness.ts";
import { answer, chunk, chunkedHead } from "./http-text.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

/** `https:` endpoints are served like any other, and only when their certificate is trusted. */
export function describeTls(contractCase: ContractCase): void {
  contractCase("speaks TLS and reuses the connection", async (harness) => {
    const certificate = selfSignedCertificate();
    using _trust = trusting(certificate.cert);
    const upstream = await harness.upstream(
      (exchange) => exchange.write(answer({ body: "ok" })),
      {},
      certificate,
    );
    expect(upstream.endpoint.url).toMatch(/^https:/);
    await expectFlawless(harness, upstream.endpoint, 10);
    expect(upstream.connections, "connections for 10 requests in a row").toBeLessThanOrEqual(2);
  });

  contractCase("survives an upstream that closes after every answer over TLS", async (harness) => {
    const certificate = selfSignedCertificate();
    using _trust = trusting(certificate.cert);
    const { endpoint } = await harness.upstream(
      async (exchange) => {
        await exchange.write(answer({ body: "ok" }));
        exchange.close();
      },
      {},
      certificate,
    );
    await expectFlawless(harness, endpoint, 20);
  });

  contractCase("fails a body cut off over TLS", async (harness) => {
    const certificate = selfSignedCertificate();
    using _trust = trusting(certificate.cert);
    const { endpoint } = await harness.upstream(
      async (exchange) => {
        await exchange.write(chunkedHead());
        await exchange.write(chunk("part"));
        exchange.close();
      },
      {},
      certificate,
    );
    const { body } = await harness.exchange(endpoint);
    expect(body.error?.code).toBe("upstream_truncated");
    expect(body.trailers).toBeUndefined();
  });

  contractCase(
    "sends nothing to an upstream whose certificate nobody vouches for",
    async (harness) => {
      const upstream = await harness.upstream(
        (exchange) => exchange.write(answer()),
        {},
        selfSignedCertificate(),
      );
      expect((await harness.refusal(upstream.endpoint)).code).toBe("upstream_tls");
      expect(upstream.requests).toEqual([]);
    },
  );
}

/** Has this process trust one more certificate until disposed. */
function trusting(certificate: string): Disposable {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, certificate]);
  return { [Symbol.dispose]: () => setDefaultCACertificates(before) };
}
