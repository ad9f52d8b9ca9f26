import type { JSX } from "preact";

import { Icon } from "./icon.tsx";

export function SearchBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}): JSX.Element {
  return (
    <label class="search">
      <Icon name="search" />
      <span class="unseen">{label}</span>
      <input
        type="search"
        placeholder={label}
        value={value}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </label>
  );
}

/** Whether each word of a search occurs in one of the texts. */
export function isFound(search: string, texts: readonly (string | undefined)[]): boolean {
  const text = texts.join("\n").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Buttons of which one is pressed. */
export function Choice<Value extends string>({
  label,
  values,
  value,
  onChange,
}: {
  label: string;
  values: readonly { readonly value: Value; readonly text: string }[];
  value: Value;
  onChange: (value: Value) => void;
}): JSX.Element {
  return (
    <div class="choice" role="group" aria-label={label}>
      {values.map((one) => (
        <button
          key={one.value}
          type="button"
          aria-pressed={one.value === value}
          onClick={() => onChange(one.value)}
        >
          {one.text}
        </button>
      ))}
    </div>
  );
}
