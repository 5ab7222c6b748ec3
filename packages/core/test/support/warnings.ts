import { afterEach, beforeEach, vi } from "vitest";

/** Takes the warnings of each test of a file, which are printed nowhere. */
export function watchWarnings() {
  const warned = vi.spyOn(console, "warn");
  beforeEach(() => {
    warned.mockReset();
    warned.mockImplementation(() => {});
  });
  afterEach(() => warned.mockReset());
  return warned;
}
