import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

/** The memory that damaged models take is measured, so their tests have modules of their own. All others share theirs. */
const ISOLATED = ["test/read/mutants/**/*.test.ts"];

const CHECKED = "test/support/checkedExports.ts";

// The timeout is long, so that tests also pass on a busy machine.
const project = (name: string, isolate: boolean, include: string[], exclude: string[]) => ({
  resolve: { alias: sources },
  // Every export is checked, without a word in its test.
  test: { testTimeout: 120_000, name, isolate, include, exclude, setupFiles: [CHECKED] },
});

export default defineConfig({
  test: {
    projects: [
      project("shared", false, ["test/**/*.test.ts"], [...ISOLATED, "test/browser/**"]),
      project("isolated", true, ISOLATED, []),
    ],
  },
});
