import { useLayoutEffect, useState } from "preact/hooks";

export const THEMES = ["auto", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

const KEY = "olla-theme";

/** The chosen theme, kept in this browser. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => stored());
  // Before anything is painted, so that the page never flashes in the other colours.
  useLayoutEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    try {
      window.localStorage.setItem(KEY, theme);
    } catch {
      // A browser that keeps nothing shows the theme until it is closed.
    }
  }, [theme]);
  return [theme, setTheme];
}

function stored(): Theme {
  try {
    const value = window.localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === value) ?? "auto";
  } catch {
    return "auto";
  }
}
