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
      "test/differentiate/{checkNode,jacobian}.test.ts",
      "test/generated/{bits,ops,sides,untaken}.test.ts",
      "test/linalg/bits.test.ts",
      "test/losses/losses.test.ts",
      "test/ops/{accuracy,cumulative,order}.test.ts",
      "test/run/{elementwise,products,reductions,rows,target}.test.ts",
      "test/tensor/{defaultDType,numbers}.test.ts",
    ],
  },
});
