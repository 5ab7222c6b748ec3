import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests run against the sources of the workspace, not against a build that may be stale.
const conditions = ["graddiff-source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // A busy machine is no failure.
  test: { testTimeout: 120_000, include: ["test/**/*.test.ts"] },
});
