import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

/** Tests that measure the memory of the kernel, so they need modules of their own. All others share theirs. */
export const ISOLATED = ["test/run/renewal.test.ts"];

/** The tests of `vitest.slow.config.ts`, `vitest.browser.config.ts` and `vitest.webgpu.config.ts`. */
const ELSEWHERE = ["test/slow/**", "test/webgpu/**", "test/workers/**"];

// The timeout is long, so that tests also pass on a busy machine.
const project = (name: string, isolate: boolean, include: string[], exclude: string[]) => ({
  resolve: { alias: sources },
  test: { testTimeout: 120_000, name, isolate, include, exclude },
});

export default defineConfig({
  test: {
    projects: [
      project("shared", false, ["test/**/*.test.ts"], [...ISOLATED, ...ELSEWHERE]),
      project("isolated", true, ISOLATED, []),
    ],
  },
});
