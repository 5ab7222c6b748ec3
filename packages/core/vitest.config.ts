import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({
  reloading: [
    "test/callSite.test.ts",
    "test/compile/backward.test.ts",
    "test/generated/coverage.test.ts",
    "test/run/products.test.ts",
    "test/run/reductions.test.ts",
    "test/run/runners.test.ts",
  ],
  isolated: [
    "test/compile/programs.test.ts",
    "test/generated/pickup.test.ts",
    "test/run/heap.test.ts",
    "test/run/threads/races.test.ts",
    "test/slow/**/*.test.ts",
  ],
  whole: [
    "test/bundle.test.ts",
    "test/compile/programs.test.ts",
    // Threads that need a processor each, or a clock.
    "test/run/threads/{faults,races,stacks}.test.ts",
    "test/slow/**",
  ],
  elsewhere: ["test/webgpu/**", "test/pages/**"],
  // The longest task of `npm test`.
  maxWorkers: 2,
});
