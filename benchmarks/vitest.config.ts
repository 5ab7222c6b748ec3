import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests run against the sources of the workspace, not against a build that may be stale.
const conditions = ["graddiff-source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ["test/**/*.test.ts"] },
});
