import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export interface AccessRules {
  /** Whether a TCP peer is in `dashboard.access_policy.allowed_cidrs`. */
  readonly isAllowedPeer: (address: string) => boolean;
  /** `dashboard.access_policy.allowed_hosts`. */
  readonly allowedHosts: readonly string[];
}

/** Why a request is refused, for people; undefined lets it pass. */
export type AccessPolicy = (request: IncomingMessage) => string | undefined;

/** A foreign Host is repeated up to this length. */
const SHOWN_HOST = 200;

/**
 * Who may read the gateway's own documents: the TCP peer decides, never a header
 * of a proxy, and the Host must be one that a foreign page cannot point at this
 * machine (DNS rebinding), so an address or an allowed name.
 */
export function accessPolicy({ isAllowedPeer, allowedHosts }: AccessRules): AccessPolicy {
  const hosts = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return ({ socket, headers }) => {
    const peer = socket.remoteAddress ?? "";
    const host = headers.host ?? "";
    const shown = `address ${peer || "unknown"}, Host "${host.slice(0, SHOWN_HOST)}"`;
    if (!isAllowedPeer(peer)) {
      return `Refused (${shown}): the address is not in dashboard.access_policy.allowed_cidrs.`;
    }
    const name = hostName(host);
    if (hosts.has(name) || isIP(name) !== 0) return undefined;
    return `Refused (${shown}): the Host is no IP address and not in dashboard.access_policy.allowed_hosts.`;
  };
}

/** Without port and brackets, in lower case. */
function hostName(host: string): string {
  const name = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host);
  return (name?.[1] ?? name?.[2] ?? "").toLowerCase();
}
