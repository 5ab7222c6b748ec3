import { defineConfig } from "vitest/config";

export default defineConfig({
  // A busy machine is no failure.
  test: { testTimeout: 120_000, isolate: false, include: ["test/**/*.test.ts"] },
});
