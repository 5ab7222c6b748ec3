/**
 * The tests that must hold in a browser too: the same ops, derivatives and bits as in Node. Each run tries some of them,
 * `npm run test:slow` all (`--mode whole`).
 */

import { browserTests } from "../../scripts/browserTests.mjs";

export default browserTests({
  // Tests of what depends on the engine: its numbers, its WebAssembly and its timers.
  some: [
    "test/generated/{bits,failing,ops}.test.ts",
    "test/elementary/bits.test.ts",
    "test/run/{sums,scalars}.test.ts",
    "test/tensor/{create,random}.test.ts",
    "test/layers/layers.test.ts",
    "test/compile/compile.test.ts",
    "test/run/emit/ops.test.ts",
  ],
  all: [
    "test/generated/**/*.test.ts",
    "test/elementary/bits.test.ts",
    "test/elementary/special.test.ts",
    "test/run/{sums,indexing,elementwise,scalars}.test.ts",
    "test/tensor/{create,dtype,numbers,random}.test.ts",
    "test/differentiate/{grad,transforms,chain}.test.ts",
    "test/layers/**/*.test.ts",
    "test/compile/**/*.test.ts",
    "test/run/emit/{ops,reductions,backward}.test.ts",
  ],
  except: [
    // Reads sources, to write OPS.md.
    "test/generated/coverage.test.ts",
    // A slow test.
    "test/compile/programs.test.ts",
  ],
  // The tests that need modules of their own, as in `vitest.config.ts`: all others share theirs.
  isolated: [
    "test/compile/backward.test.ts",
    "test/generated/pickup.test.ts",
    "test/run/reductions.test.ts",
  ],
});
