import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["graddiff-source"] },
  ssr: { resolve: { conditions: ["graddiff-source"] } },
  test: { include: ["test/**/*.test.ts"] },
});
