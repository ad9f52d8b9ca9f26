import type { AuthConfig } from "./schema-endpoint.ts";
import { expand, readSecretFile, type SecretSources } from "./secrets.ts";

/** Called with the key below `auth` that is at fault, and what is wrong. */
type Report = (key: string, message: string) => void;

type Credential = "token" | "key" | "username" | "password";

const NEEDS: Readonly<Record<string, readonly Credential[]>> = {
  bearer: ["token"],
  api_key: ["key"],
  basic: ["username", "password"],
};
const ALL: readonly Credential[] = ["token", "key", "username", "password"];

/**
 * The header field that carries an endpoint's credentials.
 *
 * @returns name and value; undefined after a report
 */
export function toAuthHeader(
  auth: AuthConfig,
  sources: SecretSources,
  report: Report,
): readonly [name: string, value: string] | undefined {
  const needed = NEEDS[auth.type];
  if (needed === undefined) {
    const given = auth.type === "" ? "is missing" : `"${auth.type}" is not known`;
    report("type", `${given}; allowed: ${Object.keys(NEEDS).join(", ")}`);
    return undefined;
  }
  for (const other of ALL) {
    if (needed.includes(other)) continue;
    if (auth[other] !== undefined) report(other, `does not belong to type ${auth.type}`);
    if (auth[`${other}_file`] !== undefined)
      report(`${other}_file`, `does not belong to type ${auth.type}`);
  }
  const values = needed.map((name) => credential(name, auth, sources, report));
  const [first, second] = values;
  if (first === undefined || (needed.length === 2 && second === undefined)) return undefined;
  if (auth.type === "bearer") return ["Authorization", `Bearer ${first}`];
  if (auth.type === "api_key") return [auth.header ?? "X-Api-Key", first];
  return ["Authorization", `Basic ${Buffer.from(`${first}:${second}`).toString("base64")}`];
}

function credential(
  name: Credential,
  auth: AuthConfig,
  sources: SecretSources,
  report: Report,
): string | undefined {
  const inline = auth[name];
  const file = auth[`${name}_file`];
  if (inline !== undefined && file !== undefined) {
    report(name, `is given together with ${name}_file; keep one of them`);
    return undefined;
  }
  if (file !== undefined) {
    const read = readSecretFile(file, sources);
    if ("text" in read) return read.text;
    report(`${name}_file`, read.fault);
    return undefined;
  }
  if (inline === undefined) {
    report(name, `is missing; give ${name} or ${name}_file`);
    return undefined;
  }
  const expanded = expand(inline, sources.env);
  if ("missing" in expanded) {
    report(
      name,
      `the environment lacks ${expanded.missing.join(", ")}; set it, or write \${NAME:-fallback}`,
    );
    return undefined;
  }
  if (expanded.text === "") {
    report(name, "is empty");
    return undefined;
  }
  return expanded.text;
}
