import type { FieldMeta, WrittenValue } from "./field-meta.ts";
import { documentedKeys, type DocumentedKey } from "./key-list.ts";
import { INERT_KEYS } from "./schema.ts";

const INTRODUCTION = `# Configuration

Every key of the configuration file, made from the schema that reads it. Values come from the defaults, then from the
file, then from the environment. \`olla config show\` tells what is in force and where it comes from, \`olla check\` finds
mistakes, and \`olla config schema\` prints a JSON Schema for editors.

A duration is a number with \`ns\`, \`us\`, \`ms\`, \`s\`, \`m\` or \`h\`, as \`1h30m\`; a size is a number of bytes, or one with \`KB\`,
\`MB\` or \`GB\` (powers of 1,024). \`\${VAR}\` and \`\${VAR:-fallback}\` are replaced in \`auth\` and \`headers\` of endpoints.
`;

/** `docs/reference/configuration.md`. */
export function referencePage(): string {
  const sections = Map.groupBy(documentedKeys(), ({ key }) => key.split(".", 1)[0] ?? key);
  const parts = [...sections].map(([name, keys]) => `## ${name}\n\n${tableOf(keys)}`);
  const inert = [...INERT_KEYS].map(([key, reason]) => `| \`${key}\` | ${reason} |`);
  parts.push(
    `## Keys without effect\n\nAccepted with a warning, since other versions have them.\n\n| key | why |\n| --- | --- |\n${inert.join("\n")}\n`,
  );
  return `${INTRODUCTION}\n${parts.join("\n")}`;
}

function tableOf(keys: readonly DocumentedKey[]): string {
  const rows = keys.map(({ key, meta }) => {
    const variable = meta.env === undefined ? "" : `<br>\`${meta.env}\``;
    const cells = [
      `\`${key}\`${variable}`,
      escaped(meta.description),
      unitOf(meta),
      written(meta.default),
      written(meta.example),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return `| key and variable | what it does | values | default | example |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function unitOf({ kind, words, unit, min, max }: FieldMeta): string {
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(", ");
  const bounds = [
    ...(min === undefined ? [] : [`from ${min}`]),
    ...(max === undefined ? [] : [`to ${max}`]),
  ].join(" ");
  const named = kind === "duration" ? "duration" : kind === "bytes" ? "size" : (unit ?? kind);
  return bounds === "" ? named : `${named}, ${bounds}`;
}

function written(value: WrittenValue | undefined): string {
  if (value === undefined) return "none";
  if (value === "") return "empty";
  const text = typeof value === "object" ? flow(value) : String(value);
  return `\`${escaped(text)}\``;
}

/** A list or map on one line, as YAML takes it. */
function flow(value: Exclude<WrittenValue, string | number | boolean>): string {
  const text = JSON.stringify(value);
  return text.replaceAll(/"([A-Za-z][\w-]*)"/g, "$1").replaceAll(/([:,])(?=["\w[])/g, "$1 ");
}

function escaped(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
