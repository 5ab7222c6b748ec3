import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

/** The memory that damaged models take is measured, so their tests have modules of their own. All others share theirs. */
const ISOLATED = ["test/read/mutants/**/*.test.ts"];

// A busy machine is no failure.
const project = (name: string, isolate: boolean, include: string[], exclude: string[]) => ({
  resolve: { alias: sources },
  test: { testTimeout: 120_000, name, isolate, include, exclude },
});

export default defineConfig({
  test: {
    projects: [
      project("shared", false, ["test/**/*.test.ts"], [...ISOLATED, "test/browser/**"]),
      project("isolated", true, ISOLATED, []),
    ],
  },
});
