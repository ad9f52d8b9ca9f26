import { isConnectionField, isFieldName, isFieldValue } from "./field-syntax.ts";
import type { AuthConfig } from "./schema-endpoint.ts";
import { expand, missingVariables, readSecretFile, type SecretSources } from "./secrets.ts";
import { didYouMean } from "./suggest.ts";

/** Called with the key below `auth` that is at fault, and what is wrong. */
type Report = (key: string, message: string) => void;

type Credential = "token" | "key" | "username" | "password";

const NEEDS: ReadonlyMap<string, readonly Credential[]> = new Map([
  ["bearer", ["token"]],
  ["api_key", ["key"]],
  ["basic", ["username", "password"]],
]);
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
  const needed = NEEDS.get(auth.type);
  if (needed === undefined) {
    const types = [...NEEDS.keys()];
    const given = auth.type === "" ? "is missing" : "is not known";
    report("type", `${given}; allowed: ${types.join(", ")}${didYouMean(auth.type, types)}`);
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
  if (auth.type === "basic")
    return ["Authorization", `Basic ${Buffer.from(`${first}:${second}`).toString("base64")}`];
  if (auth.type === "bearer") return ["Authorization", `Bearer ${first}`];
  const name = auth.header === undefined || auth.header === "" ? "X-Api-Key" : auth.header;
  if (!isFieldName(name)) report("header", "is not the name of a header field");
  else if (isConnectionField(name) || name.toLowerCase() === "host") {
    report("header", "belongs to the connection; a key cannot travel in it");
  } else return [name, first];
  return undefined;
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
    if ("text" in read) return sendable(read.text, `${name}_file`, auth, report);
    report(`${name}_file`, read.fault);
    return undefined;
  }
  if (inline === undefined) {
    report(name, `is missing; give ${name} or ${name}_file`);
    return undefined;
  }
  const expanded = expand(inline, sources.env);
  if ("missing" in expanded) {
    report(name, missingVariables(expanded.missing));
    return undefined;
  }
  if (expanded.text === "") {
    report(name, "is empty");
    return undefined;
  }
  return sendable(expanded.text, name, auth, report);
}

/** Basic credentials travel encoded; any other secret has to fit into a header field as it is. */
function sendable(
  secret: string,
  key: string,
  auth: AuthConfig,
  report: Report,
): string | undefined {
  if (auth.type === "basic" || isFieldValue(secret)) return secret;
  report(key, "holds a line break or another character that no header field can carry");
  return undefined;
}
