/** The tests that take long and protect little in each run, and laws of which `npm test` tries samples: `npm run test:slow`. */

import { defineConfig } from "vitest/config";
import { sampledTests } from "../../scripts/sampledTests.mjs";
import { sources } from "../../scripts/sources.mjs";
import { ISOLATED } from "./vitest.config.ts";

// `npm run test:webgpu` runs those of WebGPU, with a driver of its own.
const sampled = sampledTests(import.meta.url).filter((file) => !file.includes("test/webgpu/"));

const project = (name: string, isolate: boolean, include: string[]) => ({
  resolve: { alias: sources },
  test: { testTimeout: 900_000, name, isolate, env: { GRADDIFF_WHOLE: "1" }, include },
});

export default defineConfig({
  test: {
    // The longest of the tasks of `npm run test:slow`.
    maxWorkers: 2,
    projects: [
      project(
        "shared",
        false,
        sampled.filter((file) => !ISOLATED.includes(file)),
      ),
      project("isolated", true, [
        "test/slow/**/*.test.ts",
        "test/compile/programs.test.ts",
        ...sampled.filter((file) => ISOLATED.includes(file)),
      ]),
    ],
  },
});
