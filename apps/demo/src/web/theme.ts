/**
 * Light or dark, or as the system has it. The choice is kept in this browser.
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
    // Without storage it lasts as long as the page.
  }
}

function show(next: Theme): void {
  theme.value = next;
  if (next === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
}

/**
 * Takes the theme of the page that embeds this one: `?embed=dark` has the first, and messages such as `{ theme: "light" }` those
 * that follow. None of them is kept.
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
