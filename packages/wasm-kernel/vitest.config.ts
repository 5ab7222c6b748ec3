import { defineConfig } from "vitest/config";

export default defineConfig({
  // The timeout is long, so that tests also pass on a busy machine.
  test: { testTimeout: 120_000, isolate: false, include: ["test/**/*.test.ts"] },
});
