/**
 * The theme: light, dark, or the system's. The browser stores the choice.
 */

import { signal } from "@preact/signals";

export const THEMES = ["auto", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

const KEY = "graddiff-theme";

export const theme = signal<Theme>("auto");

export function setTheme(next: Theme): void {
  show(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Without storage, the choice lasts as long as the page.
  }
}

function show(next: Theme): void {
  theme.value = next;
  if (next === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
}

/**
 * Follows the theme of the embedding page: `?embed=dark` sets the first theme, and messages such as `{ theme: "light"
 * }` set later ones. None of them is stored.
 */
export function followEmbedder(first: string | null): void {
  const take = (given: unknown) => {
    const known = THEMES.find((each) => each === given);
    if (known !== undefined) show(known);
  };
  take(first);
  addEventListener("message", ({ source, data }: MessageEvent<{ theme?: unknown } | null>) => {
    if (source === parent) take(data?.theme);
  });
}

export function restoreTheme(): void {
  try {
    const kept = THEMES.find((each) => each === localStorage.getItem(KEY));
    if (kept !== undefined) setTheme(kept);
  } catch {
    // Storage may be forbidden.
  }
}
