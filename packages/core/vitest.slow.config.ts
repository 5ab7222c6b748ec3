/** What takes long and protects little in each run, and laws of which `npm test` tries samples: `npm run test:slow`. */

import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: {
    testTimeout: 300_000,
    env: { GRADDIFF_WHOLE: "1" },
    include: [
      "test/slow/**/*.test.ts",
      "test/compile/programs.test.ts",
      "test/bundle.test.ts",
      "test/compile/laws.test.ts",
      "test/control/{deep,nested}.test.ts",
      "test/generated/{bits,ops,untaken}.test.ts",
      "test/linalg/bits.test.ts",
      "test/ops/{cumulative,order}.test.ts",
      "test/run/target.test.ts",
      "test/tensor/defaultDType.test.ts",
    ],
  },
});
