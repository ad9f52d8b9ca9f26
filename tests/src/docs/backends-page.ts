import type { ProviderProfile } from "@olla-ts/core";

/** The reference page of the kinds of backend, made from their profiles. */
export function backendsPage(profiles: readonly ProviderProfile[]): string {
  const sections = profiles.toSorted((a, b) => (a.type < b.type ? -1 : 1)).map(section);
  return `# Kinds of backend

Every built-in type, made from the profiles in \`packages/providers/profiles\`. A path is forwarded also when it is not
listed here, unless \`proxy.strict_paths\` is on; management paths are refused unless \`proxy.allowed_admin_paths\` lists
them. How to set one up: [Backends](../backends/index.md).

${sections.join("\n")}`;
}

function section(profile: ProviderProfile): string {
  const rows = [
    ["routes", routes(profile)],
    ["other spellings", codes(profile.aliases)],
    ["usual ports", profile.defaultPorts.join(", ")],
    ["health check", code(profile.healthPath)],
    ["model list", code(profile.modelsPath)],
    ["models in memory", profile.loadedModelsPath && code(profile.loadedModelsPath)],
    ["Anthropic Messages", messages(profile)],
    ["field of an API key", profile.keyHeader && code(profile.keyHeader)],
    ["priority unless set", String(profile.defaultPriority)],
    ["paths", codes(profile.paths)],
    ["management", codes(profile.adminPaths)],
  ].filter(([, value]) => value !== undefined && value !== "");
  const table = rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n");
  return `## ${profile.type}\n\n${profile.displayName}.\n\n| | |\n| --- | --- |\n${table}\n`;
}

function routes({ prefixes, openaiCompatible }: ProviderProfile): string {
  const own = prefixes.map((prefix) => `/olla/${prefix}/`);
  const shared = openaiCompatible && !prefixes.includes("openai") ? ["/olla/openai/"] : [];
  return codes([...own, ...shared]);
}

function messages({ anthropic }: ProviderProfile): string {
  if (anthropic === undefined) return "translated";
  return `${code(anthropic.messagesPath)}${anthropic.tokenCount ? ", counts tokens" : ""}`;
}

function codes(values: readonly string[]): string {
  return values.map(code).join(", ");
}

function code(value: string): string {
  return `\`${value}\``;
}
