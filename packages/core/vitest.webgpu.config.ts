import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

/** Tests on WebGPU in software, see `scripts/webgpu.mjs`. */
export default defineConfig({
  resolve: { alias: sources },
  test: {
    include: ["test/webgpu/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 120_000,
  },
});
