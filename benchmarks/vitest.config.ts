import { defineConfig } from "vitest/config";
import { sources } from "../scripts/sources.mjs";

/** The test that records the memory accesses of WebAssembly, and so needs isolated modules. */
const ISOLATED = "test/races.test.ts";

const project = (name: string, isolate: boolean, include: string, exclude: readonly string[]) => ({
  // Tests run against the sources of the workspace, not against a build that may be stale.
  resolve: { alias: sources },
  // The timeouts are long, so that a busy machine causes no failure.
  test: { name, isolate, testTimeout: 120_000, include: [include], exclude: [...exclude] },
});

export default defineConfig({
  test: {
    projects: [
      project("shared", false, "test/**/*.test.ts", ["test/slow/**", ISOLATED]),
      project("isolated", true, ISOLATED, []),
    ],
  },
});
