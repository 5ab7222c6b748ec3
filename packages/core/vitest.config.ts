import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["graddiff-source"] },
  ssr: { resolve: { conditions: ["graddiff-source"] } },
  // A busy machine is no failure.
  test: { testTimeout: 120_000, include: ["test/**/*.test.ts"] },
});
