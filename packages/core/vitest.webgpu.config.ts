/**
 * Tests of WebGPU on software that imitates a GPU, which `npm run test:webgpu` finds: in Node on npm's `webgpu`, which has a
 * folder of its own, and a few in Chromium.
 */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { sources } from "../../scripts/sources.mjs";
import { tightShaders } from "./scripts/tightShaders.mjs";

const PAGE = "test/webgpu/page.test.ts";

const chromium = () => {
  const { args, ...options } = chromiumOptions();
  const own = [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
  ];
  return { ...options, args: [...args, ...own] };
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: sources },
        plugins: [tightShaders],
        test: {
          name: "node",
          include: ["test/webgpu/**/*.test.ts"],
          exclude: [PAGE],
          // The devices of a process go with it.
          pool: "forks",
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        resolve: { alias: sources },
        plugins: [tightShaders],
        test: {
          name: "page",
          include: [PAGE],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromium() }),
            instances: [{ browser: "chromium", name: "chromium" }],
          },
        },
      },
    ],
  },
});
