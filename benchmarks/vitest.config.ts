import { defineConfig } from "vitest/config";
import { sources } from "../scripts/sources.mjs";

/** The test that has WebAssembly record what it touches, and so needs modules of its own. */
const ISOLATED = "test/races.test.ts";

const project = (name: string, isolate: boolean, include: string, exclude: readonly string[]) => ({
  // Tests run against the sources of the workspace, not against a build that may be stale.
  resolve: { alias: sources },
  // A busy machine is no failure.
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
