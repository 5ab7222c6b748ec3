/**
 * Light or dark, or as the system has it. The choice is kept in this browser.
 */

import { signal } from "@preact/signals";

export const THEMES = ["auto", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

const KEY = "graddiff-theme";

export const theme = signal<Theme>("auto");

export function setTheme(next: Theme): void {
  theme.value = next;
  if (next === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Without storage it lasts as long as the page.
  }
}

export function restoreTheme(): void {
  try {
    const kept = THEMES.find((each) => each === localStorage.getItem(KEY));
    if (kept !== undefined) setTheme(kept);
  } catch {
    // Storage may be forbidden.
  }
}
