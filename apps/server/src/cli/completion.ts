import {
  COMMANDS,
  GLOBAL_FLAGS,
  type CommandSpec,
  type FlagSpec,
  type SHELLS,
} from "./commands.ts";

type Shell = (typeof SHELLS)[number];

const SPECS: readonly CommandSpec[] = COMMANDS;
const NAMES = SPECS.map(({ name }) => name);

/** A script that makes a shell complete command lines of olla. */
export function completionScript(shell: Shell): string {
  return scripts[shell]();
}

const scripts: Readonly<Record<Shell, () => string>> = { bash, zsh, fish };

function flagsOf({ flags }: CommandSpec): readonly FlagSpec[] {
  return [...flags, ...GLOBAL_FLAGS.filter(({ name }) => name === "help")];
}

function wordsOf({ name, choices }: CommandSpec): readonly string[] {
  if (name === "help") return NAMES;
  return choices === undefined || choices === "files" ? [] : choices;
}

function bash(): string {
  const cases = SPECS.map((spec) => {
    const offered = [...wordsOf(spec), ...flagsOf(spec).map(({ name }) => `--${name}`)];
    const files = spec.choices === "files" ? " files=1" : "";
    return `    ${spec.name}) offered="${offered.join(" ")}"${files} ;;`;
  });
  return `# bash completion for olla
_olla() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="" offered="" files="" word
  COMPREPLY=()
  case "$previous" in
    ${fileFlags()})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${NAMES.join("|")}) command="$word"; break ;; esac
  done
  case "$command" in
${cases.join("\n")}
    *) offered="${[...NAMES, "--config", "--help", "--version"].join(" ")}" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
  if [ -n "$files" ] && [ "\${#COMPREPLY[@]}" -eq 0 ]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _olla olla
`;
}

function fileFlags(): string {
  const flags = SPECS.flatMap((spec) => spec.flags).filter(({ isFile }) => isFile === true);
  return [
    ...new Set(
      flags.flatMap(({ name, short }) =>
        short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
      ),
    ),
  ].join("|");
}

function zsh(): string {
  const commands = SPECS.map(({ name, summary }) => `    '${name}:${zshText(summary)}'`);
  const cases = SPECS.map((spec) => {
    const flags = flagsOf(spec).map((flag) => `'${zshFlag(flag)}'`);
    return `    ${spec.name}) _arguments ${[...flags, ...zshWords(spec)].join(" ")} ;;`;
  });
  return `#compdef olla
_olla() {
  local -a commands
  commands=(
${commands.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments '(-c --config)'{-c,--config}'[configuration file]:file:_files'
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT -= 1 ))
  case "$command" in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = "_olla" ]; then
  _olla "$@"
else
  compdef _olla olla
fi
`;
}

function zshFlag({ name, value, description, isFile }: FlagSpec): string {
  const action = isFile === true ? "_files" : " ";
  const argument = value === undefined ? "" : `:${zshText(value)}:${action}`;
  return `--${name}[${zshText(description)}]${argument}`;
}

function zshWords(spec: CommandSpec): readonly string[] {
  if (spec.choices === "files") return ["'1:file:_files'"];
  const words = wordsOf(spec);
  return words.length === 0 ? [] : [`'1:word:(${words.join(" ")})'`];
}

/** Brackets, colons and quotes have a meaning of their own there. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:]/g, String.raw`\$&`).replaceAll("'", `'\\''`);
}

function fish(): string {
  const seen = "__fish_seen_subcommand_from";
  const lines = SPECS.flatMap((spec) => [
    `complete -c olla -n "not ${seen} ${NAMES.join(" ")}" -a ${spec.name} -d '${fishText(spec.summary)}'`,
    ...wordsOf(spec).map((word) => `complete -c olla -n "${seen} ${spec.name}" -a ${word}`),
    ...(spec.choices === "files" ? [`complete -c olla -n "${seen} ${spec.name}" -F`] : []),
    ...flagsOf(spec).map((flag) => `complete -c olla -n "${seen} ${spec.name}" ${fishFlag(flag)}`),
  ]);
  return `# fish completion for olla\ncomplete -c olla -f\n${lines.join("\n")}\n`;
}

function fishFlag({ name, short, value, description, isFile }: FlagSpec): string {
  const options = [
    `-l ${name}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(value === undefined ? [] : [isFile === true ? "-r -F" : "-x"]),
    `-d '${fishText(description)}'`,
  ];
  return options.join(" ");
}

function fishText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
