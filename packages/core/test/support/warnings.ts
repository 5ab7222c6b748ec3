import { afterEach, beforeEach, vi } from "vitest";

/** Captures the warnings of each test of a file instead of printing them. */
export function watchWarnings() {
  const warned = vi.spyOn(console, "warn");
  beforeEach(() => {
    warned.mockReset();
    warned.mockImplementation(() => {});
  });
  afterEach(() => warned.mockReset());
  return warned;
}
